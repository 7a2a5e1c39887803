import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arcVerify } from '../../../src/kit/arc/verify.ts';
import { fc } from '../../property.ts';
import { AT, chained, names, PLAIN, sealed, setFor } from './chain.ts';

const text = (message: Buffer) => message.toString('latin1');
const octets = (message: string) => Buffer.from(message, 'latin1');
const judge = (message: string | Buffer) =>
  arcVerify(typeof message === 'string' ? octets(message) : message, names(), AT);

test('a message that nobody handed on has no chain', async () => {
  assert.deepEqual(await judge(PLAIN), { result: 'none', hops: [] });
  assert.deepEqual(await judge(''), { result: 'none', hops: [] });
});

test('a chain of three, with what each found', async () => {
  assert.deepEqual(await judge(await chained(3)), {
    result: 'pass',
    oldestPass: 0,
    hops: [1, 2, 3].map((instance) => ({
      instance,
      domain: `hop${instance}.test`,
      selector: 's',
      results: `hop${instance}.test; spf=pass`,
    })),
  });
});

test('a list changes the message and seals it: the chain is whole, and it is told since when nobody changed anything', async () => {
  const two = await chained(2);
  const changed = octets(text(two).replace('Subject: s', 'Subject: [list] s').replace('Hello', 'Hello, all'));
  const broken = await judge(changed);
  assert.deepEqual([broken.result, broken.reason], ['fail', 'signature 2: the body was changed']);
  // A list seals what it found when the message came, over the message as it goes.
  const set = setFor(changed, 'hop3.test', await judge(two)) ?? assert.fail();
  const listed = Buffer.concat([octets(set), changed]);
  assert.deepEqual(pick(await judge(listed)), ['pass', undefined, 3]);
  const next = await sealed(listed, 'hop4.test');
  assert.deepEqual(pick(await judge(next)), ['pass', undefined, 3]);
});

const NOT_WHOLE = 'the sets are not whole, or not numbered from 1 without a gap';

test('everything in front of and below the sets may grow; nothing in them may change', async () => {
  const whole = text(await chained(2));
  assert.equal((await judge(`Received: by nobody\r\n${whole}`)).result, 'pass');
  assert.equal((await judge(`Authentication-Results: z.test; none\r\n${whole}`)).result, 'pass');
  for (const [from, to, reason] of [
    ['Subject: s', 'Subject: t', 'signature 2: it is not right'],
    ['Hello', 'Hallo', 'signature 2: the body was changed'],
    ['i=1; hop1.test; spf=pass', 'i=1; hop1.test; spf=fail', 'seal 2: it is not right'],
    ['i=2; hop2.test; spf=pass', 'i=2; hop2.test; spf=fail', 'seal 2: it is not right'],
    ['From: Ann', 'From: Eve <eve@x.test>\r\nFrom: Ann', 'signature 2: it is not right'],
    ['d=hop1.test', 'd=hop9.test', 'seal 2: it is not right'],
    ['cv=pass', 'cv=fail', 'seal 2 says that the chain before it was broken'],
    ['cv=pass', 'cv=none', 'seal 2 says cv=none'],
    ['cv=none', 'cv=pass', 'seal 1 says cv=pass'],
    ['cv=none', 'cv=maybe', 'seal 1 has no cv='],
    ['cv=none', 'h=from; cv=none', 'seal 1 has an h='],
    [/ARC-Seal: i=2[\s\S]*?(?=ARC-Message)/, '', NOT_WHOLE],
    [/ARC-Authentication-Results: i=1[\s\S]*?\r\n(?=\S)/, '', NOT_WHOLE],
    ['ARC-Seal: i=2', 'ARC-Seal: i=3', NOT_WHOLE],
    ['ARC-Seal: i=2', 'ARC-Seal: i=1', NOT_WHOLE],
    ['ARC-Seal: i=2', 'ARC-Seal: i=two', NOT_WHOLE],
    ['ARC-Seal: i=2', 'ARC-Seal: i=2; i=2', NOT_WHOLE],
    ['Results: i=2;', 'Results: j=2;', NOT_WHOLE],
    ['a=ed25519-sha256', 'a=rsa-sha1', 'seal 2: SHA-1 proves nothing'],
    [/ h=(\S)/g, ' h=arc-seal:$1', 'signature 2: it covers an ARC-Seal'],
    [/d=hop2\.test/g, 'd=silent.test', 'signature 2: nobody answered for the key'],
    [/s=s;/g, 's=t;', 'signature 2: no key'],
    [/c=relaxed/g, 'l=1; c=relaxed', 'signature 2: l= leaves the end of the body to anybody'],
  ] as const) {
    const changed = whole.replace(from, to);
    assert.notEqual(changed, whole, String(from));
    const verdict = await judge(changed);
    const result = reason.includes('nobody answered') ? 'temperror' : 'fail';
    assert.deepEqual([verdict.result, verdict.reason, verdict.oldestPass], [result, reason, undefined], String(from));
  }
});

test('a broken chain, a full one and one that nobody can judge for now are not sealed again', async () => {
  const whole = text(await chained(1));
  for (const changed of [whole.replace('Hello', 'Hallo'), whole.replace(/hop1\.test; s/g, 'silent.test; s')]) {
    const chain = await judge(changed);
    assert.notEqual(chain.result, 'pass');
    assert.equal(setFor(octets(changed), 'hop2.test', chain), undefined);
  }
  const full = await chained(50);
  const chain = await judge(full);
  assert.deepEqual([chain.result, chain.hops.length], ['pass', 50]);
  assert.equal(setFor(full, 'hop51.test', chain), undefined);
});

test('who makes us look does not say how often: 50 sets are the most, and a chain that breaks is left at once', async () => {
  const asking = names();
  await arcVerify(await chained(50), asking, AT);
  assert.ok(asking.asked <= 100, `${asking.asked}`);
  const fields = (count: number) =>
    Array.from({ length: count }, (_, at) => {
      const [i, rest] = [count - at, 'a=rsa-sha256; d=x.test; s=s; b=AAAA'];
      return `ARC-Seal: i=${i}; cv=pass; ${rest}\r\nARC-Message-Signature: i=${i}; h=from; bh=AAAA; ${rest}\r\nARC-Authentication-Results: i=${i}; x.test\r\n`;
    }).join('');
  for (const [count, reason] of [
    [51, /more than 50 sets/],
    [80_000, /too large/],
    [5000, /more than 50 sets/],
  ] as const) {
    const quiet = names();
    const verdict = await arcVerify(octets(`${fields(count)}From: a@x.test\r\n\r\n`), quiet, AT);
    assert.equal(verdict.result, 'fail');
    assert.match(String(verdict.reason), reason);
    assert.equal(quiet.asked, 0);
  }
});

test('80,000 of anything: linear', async () => {
  const many = 80_000;
  const one = text(await chained(1));
  for (const message of [
    `${'a:\r\n'.repeat(many)}${one}`,
    one.replace('h=from', `h=${'from:'.repeat(many)}from`),
    one.replace('h=from', `h=${'\r\n '.repeat(many)}from`),
    one.replace('i=1; hop1', `i=1;${' '.repeat(many)}hop1`),
    one.replace('Results: i=1', `Results:${' '.repeat(many)}i=1`),
    one.replace('b=', `${';'.repeat(many)}b=`),
    one.replace('Subject: s', `Subject: ${' \t'.repeat(many)}s`),
    `${'From: a@x.test\r\n'.repeat(many)}${one}`,
    octets(`ARC-Seal: ${'i=1;'.repeat(many)}\r\n\r\n`),
  ]) {
    const started = process.cpuUsage().user;
    await judge(message);
    // Microseconds of processor time: anything quadratic takes minutes.
    assert.ok(process.cpuUsage().user - started < 10_000_000);
  }
});

test('any octets: a verdict, never an error', async () => {
  const part = fc.oneof(
    fc.constantFrom('ARC-Seal:', 'ARC-Message-Signature:', 'ARC-Authentication-Results:', 'i=1;', 'cv=none;', ';', '='),
    fc.constantFrom('\r\n', '\r\n ', 'b=AAAA;', 'a=rsa-sha256;', 'd=x.test;', 's=s;', 'h=from;', 'bh=;'),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part), async (parts) => {
      const { result } = await judge(parts.join(''));
      assert.notEqual(result, 'pass');
    }),
  );
});

const pick = ({ result, reason, oldestPass }: Awaited<ReturnType<typeof judge>>) => [result, reason, oldestPass];
