import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError } from '../../../src/kit/errors.ts';
import { codes, Stage } from './stage.ts';

test('LMTP answers each accepted RCPT, repeated ones too', async () => {
  await using stage = await Stage.open({ scheme: 'lmtp' });
  const rcpts = ['b', 'c', 'b', 'B'].map((name) => `RCPT TO:<${name}@y.test>\r\n`).join('');
  const replies = await stage.say(`LHLO c\r\nMAIL FROM:<a@x.test>\r\n${rcpts}DATA\r\nhi\r\n.\r\nQUIT\r\n`);
  assert.deepEqual(codes(replies).slice(1), [
    '250 2.1.0',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.1.5',
    '354',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.1.5',
    '250 2.1.5',
    '221 2.0.0',
  ]);
  const mails = await stage.mails();
  assert.equal(mails.length, 1);
  assert.deepEqual(mails[0]?.to, ['b@y.test', 'c@y.test', 'B@y.test']);
});

test('LMTP knows LHLO only, and DATA without recipients is refused', async () => {
  await using stage = await Stage.open({ scheme: 'lmtp' });
  const client = await stage.client();
  const replies = await client.askAll('EHLO c', 'HELO c', 'LHLO c', 'MAIL FROM:<a@x.test>', 'RCPT TO:<', 'DATA');
  assert.deepEqual(codes(replies.map((reply) => reply.replace(/\|.*/, ''))), [
    '500 5.5.1',
    '500 5.5.1',
    '250',
    '250 2.1.0',
    '501 5.1.3',
    '554 5.5.1',
  ]);
  client.end();
});

test('LMTP tells each recipient its own result, and a failure to all of them', async () => {
  let fails = false;
  await using stage = await Stage.open({
    scheme: 'lmtp',
    delivery: () => ({
      open: () => ({
        write: () => undefined,
        commit: async () => {
          if (fails) throw new CsError('CS_BUSY', 'later');
          return {
            id: '1',
            size: 1,
            results: [
              { address: 'b@y.test', accepted: true, reply: '250 2.1.5 ok' },
              { address: 'c@y.test', accepted: false, reply: '552 5.2.2 over quota' },
            ],
          };
        },
        abort: async () => {},
      }),
    }),
  });
  const client = await stage.client();
  const envelope = ['MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'RCPT TO:<c@y.test>', 'DATA'];
  await client.askAll('LHLO c', ...envelope);
  assert.deepEqual(codes([await client.ask('.'), await client.reply()]), ['250 2.1.5', '552 5.2.2']);
  fails = true;
  await client.askAll(...envelope);
  assert.deepEqual(codes([await client.ask('.'), await client.reply()]), ['451 4.3.2', '451 4.3.2']);
  client.end();
});

test('XCLIENT is believed from the networks named, and starts anew', async () => {
  await using stage = await Stage.open({ options: { xclientFrom: ['127.0.0.0/8'] } });
  const client = await stage.client();
  assert.match(await client.ask('EHLO proxy.test'), /XCLIENT NAME ADDR/);
  const replies = await client.askAll(
    'XCLIENT ADDR=nonsense',
    'XCLIENT ADDR=192.0.2.1 ADDR=192.0.2.2',
    'XCLIENT FOO=1',
    'XCLIENT ADDR=192.0.2.1 HELO=client.test LOGIN=ann NAME=[UNAVAILABLE]',
    'MAIL FROM:<a@x.test>',
  );
  assert.deepEqual(codes(replies), ['501 5.5.4', '501 5.5.4', '501 5.5.4', '220', '503 5.5.1']);
  await client.askAll('EHLO client.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA', '.');
  client.end();
  const stored = await stage.fact('mail.stored');
  assert.equal(stored.user, 'ann');
  assert.equal(stored.helo, 'client.test');
  await using closed = await Stage.open();
  const other = await closed.greeted();
  assert.deepEqual(codes([await other.ask('XCLIENT ADDR=192.0.2.1')]), ['500 5.5.2']);
  other.end();
});

test('an option that makes no sense is a usage error', async () => {
  await assert.rejects(Stage.open({ options: { xclientFrom: ['nowhere'] } }), { code: 'CS_USAGE' });
  await assert.rejects(Stage.open({ options: { fail: ['nonsense'] } }), { code: 'CS_USAGE' });
});
