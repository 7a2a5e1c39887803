/** Exim, both ways: it hands us mail by BDAT and in groups, our client and our queue hand it theirs, and it refuses, puts off, limits. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Exim, startExim } from './exim.ts';
import { type Serving, serve, stored, tool } from './server.ts';

const exim = tool('exim4');
const BODY = '.lead\r\n..\r\n.\r\nfrom grün\r\n';
const bare = (text: string): string => text.replaceAll('\r\n', '\n');
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const body = (message: string): string => message.slice(message.indexOf('\n\n') + 2);

describe('exim', { skip: exim === undefined && 'exim4 is not installed' }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cs-exim-test-'));
  const file = join(scratch, 'mail.eml');
  const zone = join(scratch, 'zone');
  let ours: Serving;
  let theirs: Exim;

  before(async () => {
    ours = await serve(['smtp'], { data: true });
    theirs = await startExim(exim ?? '', ours.port('smtp'));
    writeFileSync(file, `From: me@c.test\r\nTo: ann@exim.test\r\nSubject: octets\r\n\r\n${BODY}`);
    writeFileSync(zone, `exim.test MX 10 mx.exim.test\nmx.exim.test A 127.0.0.1:${theirs.port}\n`);
  });
  after(async () => {
    await theirs[Symbol.asyncDispose]();
    assert.equal(await ours.stop(), 0);
    rmSync(scratch, { recursive: true, force: true });
  });

  test('hands us one message for several, by BDAT, and one with addresses beyond ASCII', async () => {
    const mail = `From: me@exim.test\nSubject: one\n\n${bare(BODY)}`;
    for (const [from, to] of [
      ['me@exim.test', ['ann@ours.test', 'bob@ours.test']],
      ['jürgen@exim.test', ['grün@ours.test']],
    ] as const) {
      const { code, stderr } = await theirs.inject(mail, from, to);
      assert.equal(code, 0, stderr + theirs.log());
    }
    assert.equal(theirs.log().match(/=> .* K C="250 2\.0\.0 ok, stored as \d+"/g)?.length, 2, theirs.log());
    const messages = [...(await stored(ours)).values()];
    assert.equal(messages.length, 2);
    for (const message of messages) assert.equal(body(bare(message)), bare(BODY));
  });

  test('takes what our client sends, by DATA and by BDAT; what it refuses is told', async () => {
    const before = (await theirs.taken(0)).length;
    const url = `smtp://127.0.0.1:${theirs.port}`;
    for (const chunking of ['off', 'on']) {
      const args = ['send', 'mail', url, '--eml', file, '--to', 'grün@exim.test', '--to', 'ann@exim.test'];
      const sent = await ours.cs(...args, '--chunking', chunking, '--dsn-notify', 'failure');
      assert.equal(sent.code, 0, sent.stderr);
    }
    const taken = await theirs.taken(before + 2);
    for (const message of taken.slice(-2)) assert.equal(body(message), latin1(bare(BODY)));
    const some = await ours.cs('send', 'mail', url, '--eml', file, '--to', 'nobody@exim.test', '--to', 'ann@exim.test');
    assert.equal(some.code, 12, some.stderr);
    const none = await ours.cs('send', 'mail', url, '--eml', file, '--to', 'nobody@exim.test', '--json');
    assert.deepEqual([none.code, JSON.parse(none.stderr).protocol_reply], [9, '550 nobody of that name']);
    const later = await ours.cs('send', 'mail', url, '--eml', file, '--to', 'later@exim.test');
    assert.equal(later.code, 10, later.stderr);
    writeFileSync(join(scratch, 'long'), 'x\n'.repeat(100_000));
    const long = await ours.cs('send', 'mail', url, '--to', 'ann@exim.test', '--text-file', join(scratch, 'long'));
    assert.equal(long.code, 15, long.stderr);
    await theirs.taken(before + 3);
  });

  test('our queue: one message taken, put off and refused; the sender hears of it', async () => {
    const before = (await theirs.taken(0)).length;
    const words = [
      'smtp',
      '--deliver',
      '--relay-allow',
      '*',
      '--zone',
      zone,
      '--queue-retry',
      '300ms',
      '--relay-rate',
      '0',
    ];
    const server = await serve(words, { data: true });
    try {
      const to = ['ann', 'later', 'nobody'].flatMap((name) => ['--to', `${name}@exim.test`]);
      const sent = await server.cs('send', 'mail', `smtp://127.0.0.1:${server.port('smtp')}`, '--eml', file, ...to);
      assert.equal(sent.code, 0, sent.stderr);
      const report = await server.cs('wait', 'mail', '--to', 'me@c.test', '--print', 'raw', '--timeout', '20s');
      assert.equal(report.code, 0, report.stderr);
      assert.match(report.stdout, /Final-Recipient: rfc822; ?nobody@exim\.test\r\nAction: failed\r\nStatus: 5\./i);
      assert.doesNotMatch(report.stdout, /ann@exim\.test\r\nAction|later@exim\.test\r\nAction/i);
      await theirs.taken(before + 1);
      theirs.opens();
      const taken = await theirs.taken(before + 2);
      for (const message of taken.slice(-2)) assert.equal(body(message), latin1(bare(BODY)));
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
