import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client } from '../../../../src/protocols/imap/client.ts';
import { message, whole } from '../../../conformance/harness.ts';
import { Stage } from '../stage.ts';
import { context, dialTo, scripted } from './scripted.ts';

const LIMIT = { timeout: 120_000 };
const FAR = '192.0.2.1';

test('a far server is spoken to deflated, and everything comes through', LIMIT, async () => {
  const stage = await Stage.open();
  const octets = { sent: 0, heard: 0 };
  const dial = dialTo(async () => {
    const stream = await stage.connect();
    stream.on('data', (chunk: Buffer) => {
      octets.heard += chunk.length;
    });
    stream.pause();
    const write = stream.write.bind(stream);
    stream.write = ((chunk: Buffer, ...rest: []) => {
      octets.sent += chunk.length;
      return write(chunk, ...rest);
    }) as typeof stream.write;
    return stream;
  }, FAR);
  const remote = await client.connect(dial, context({ tls: 'none' }));
  const mail = remote.mail!;
  const sent = message('big', 'the same words again\r\n'.repeat(20_000));
  const draft = await mail.append!('INBOX');
  for (let at = 0; at < sent.length; at += 50_000) await draft.write(sent.subarray(at, at + 50_000));
  await draft.commit();
  assert.deepEqual(await whole(mail.read('INBOX', 1)), sent);
  assert.equal((await mail.list('INBOX'))[0]!.headers.subject, 'big');
  assert.ok(octets.sent < sent.length / 10 && octets.heard < sent.length / 10, JSON.stringify(octets));
  const stop = new AbortController();
  const hints = mail.watch!(stop.signal)[Symbol.asyncIterator]();
  assert.equal((await hints.next()).value, 'INBOX');
  await stage.deliver('ann@x.test', message('new'));
  assert.equal((await hints.next()).value, 'INBOX');
  stop.abort();
  await hints.return?.();
  await remote[Symbol.asyncDispose]();
  await Promise.all(stage.served);
});

test('within this machine nothing is deflated, nor where the server says no', LIMIT, async () => {
  const offering = 'IMAP4rev1 SASL-IR AUTH=PLAIN COMPRESS=DEFLATE';
  for (const [address, asked] of [
    ['127.0.0.1', false],
    [FAR, true],
  ] as const) {
    const server = scripted((line) => {
      if (line.startsWith('UID FETCH')) return 'T OK done\r\n';
      return line.startsWith('COMPRESS') ? 'T NO not now\r\n' : undefined;
    }, offering);
    const remote = await client.connect(dialTo(server.connect, address), context({ tls: 'none' }));
    assert.deepEqual(await remote.mail!.list('Box'), []);
    assert.equal(server.heard.includes('COMPRESS DEFLATE'), asked, address);
    await remote[Symbol.asyncDispose]();
  }
});

test('what is no deflated stream ends the conversation', LIMIT, async () => {
  const server = scripted(
    (line) => (line.startsWith('COMPRESS') ? 'T OK begin\r\nthis is no deflated stream at all\r\n' : undefined),
    'IMAP4rev1 SASL-IR AUTH=PLAIN COMPRESS=DEFLATE',
  );
  await assert.rejects(client.connect(dialTo(server.connect, FAR), context({ tls: 'none' })), {
    code: 'CS_PEER_PROTOCOL',
  });
});
