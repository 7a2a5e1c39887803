import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError } from '../../src/kit/errors.ts';
import { parseZone } from '../../src/net/zone.ts';
import { mxRoute } from '../../src/relay/route.ts';
import { nextTry } from '../../src/relay/schedule.ts';
import { fateOf, fateOfTransaction, statusOf } from '../../src/relay/verdict.ts';

const ZONE = parseZone(
  `
; comments and empty lines are nothing
x.test        MX 20 b.x.test.
              MX 10 a.x.test.     ; the name above goes on
A.x.test 3600 IN A 192.0.2.1
a.x.test      AAAA 2001:db8::1
b.x.test      A 192.0.2.2:2525
plain.test    A 192.0.2.3
null.test     MX 0 .
lost.test     MX 10 nowhere.test
down.test     SERVFAIL
mx.down.test  MX 10 down.test
us.test       MX 10 a.x.test
us.test       MX 20 relay.test
us.test       MX 30 b.x.test
onlyus.test   MX 10 relay.test
equal.test    MX 10 a.x.test
equal.test    MX 10 b.x.test
*.wild.test   A 192.0.2.9
t.test        TXT "v=spf1 " "-all ; not a comment"
`,
  'zone',
);

const route = (random = () => 0) => mxRoute({ names: ZONE, own: new Set(['relay.test']), random });

async function hosts(domain: string, random?: () => number): Promise<string[]> {
  return (await route(random)(domain)).map(({ address, port }) => `${address} ${port}`);
}

async function never(domain: string): Promise<string | undefined> {
  try {
    await route()(domain);
  } catch (error) {
    assert.ok(error instanceof CsError);
    return error.code === 'CS_PEER_REFUSED' ? error.reply : error.code;
  }
  return undefined;
}

test('servers by preference, each with all of its addresses', async () => {
  assert.deepEqual(await hosts('x.test'), ['192.0.2.1 25', '2001:db8::1 25', '192.0.2.2 2525']);
});

test('equal ones by lot', async () => {
  const lots = [0.9, 0.1];
  assert.deepEqual(
    (await hosts('equal.test', () => lots.shift()!)).map((one) => one.split(' ')[0]),
    ['192.0.2.2', '192.0.2.1', '2001:db8::1'],
  );
});

test('a domain without MX is its own server; an address literal is itself', async () => {
  assert.deepEqual(await hosts('plain.test'), ['192.0.2.3 25']);
  assert.deepEqual(await hosts('any.wild.test'), ['192.0.2.9 25']);
  assert.deepEqual(await hosts('[192.0.2.7]'), ['192.0.2.7 25']);
  assert.deepEqual(await hosts('[IPv6:2001:db8::7]'), ['2001:db8::7 25']);
});

test('what can never be delivered says so with its status; what may come back does not', async () => {
  assert.match((await never('null.test')) ?? '', /^556 5\.1\.10 /);
  assert.match((await never('unknown.test')) ?? '', /^550 5\.1\.2 /);
  assert.match((await never('lost.test')) ?? '', /^550 5\.4\.4 /);
  assert.match((await never('[127.0.0.1.5]')) ?? '', /^550 5\.1\.2 /);
  assert.equal(await never('down.test'), 'CS_NAME_NOT_RESOLVED');
  assert.equal(await never('mx.down.test'), 'CS_NAME_NOT_RESOLVED');
});

test('mail never goes to servers that are no nearer than we are (RFC 5321 section 5.1)', async () => {
  assert.deepEqual(await hosts('us.test'), ['192.0.2.1 25', '2001:db8::1 25']);
  assert.match((await never('onlyus.test')) ?? '', /^554 5\.4\.6 /);
});

test('a zone file: quoted strings are joined, mistakes are told with their line', async () => {
  assert.deepEqual(await ZONE.txt('t.test'), ['v=spf1 -all ; not a comment']);
  for (const [text, words] of [
    ['x.test MX mail', 'write NAME MX PREFERENCE HOST'],
    ['x.test A 1.2.3', 'not an address'],
    ['x.test CNAME y', 'unknown type "CNAME"'],
    ['x.test TXT "a', 'a string that is not closed'],
    [`x.test ${'IN '.repeat(200_000)}`, 'unknown type ""'],
    [`x.test TXT ${'\\"'.repeat(200_000)}`, 'a string that is not closed'],
  ] as const) {
    assert.throws(
      () => parseZone(`\n${text}`, 'f'),
      (error: CsError) => error.code === 'CS_CONFIG' && error.message.startsWith(`f:2: ${words}`),
    );
  }
});

test('a pause doubles up to its longest, and the last try is at the end of the lifetime', () => {
  const schedule = { first: 100, longest: 1000, warning: 5000, lifetime: 10_000 };
  const pause = (tries: number, now = 0) =>
    nextTry(schedule, { queuedAt: 0, tries, warned: false }, now, () => 0.5).due - now;
  assert.deepEqual(
    [1, 2, 3, 4, 5, 50].map((tries) => pause(tries)),
    [100, 200, 400, 800, 1000, 1000],
  );
  assert.equal(pause(9, 9500), 500);
  assert.equal(pause(9, 9990), 50);
  const late = nextTry(schedule, { queuedAt: 0, tries: 9, warned: false }, 10_000);
  assert.deepEqual([late.giveUp, late.warn], [true, true]);
  assert.equal(nextTry(schedule, { queuedAt: 0, tries: 9, warned: true }, 9999).warn, false);
});

test('replies of several lines, without status and with odd octets become one line with a status', () => {
  assert.deepEqual(fateOf('550-5.1.1 no\r\n550 5.1.1 such user'), { kind: 'failed', reply: '550-5.1.1 no such user' });
  assert.equal(statusOf('550-5.1.1 no such user'), '5.1.1');
  assert.equal(statusOf('421 busy'), '4.0.0');
  assert.equal(statusOf('nonsense'), '4.0.0');
  assert.equal(fateOf('nonsense\x00\x1b[31m').reply, 'nonsense [31m');
  const large = fateOfTransaction(new CsError('CS_LIMIT', 'the message has 9 octets, the server takes 5'));
  assert.deepEqual([large.kind, statusOf(large.reply)], ['failed', '5.3.4']);
});
