import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkKey } from '../../../src/net/address.ts';
import { greylist } from '../../../src/stores/wrap/greylist.ts';
import { Stage } from './stage.ts';

test('greylisting: each recipient has a fate of its own, in one transaction', async () => {
  let now = 0;
  await using stage = await Stage.open({
    delivery: ({ delivery, journal }) =>
      greylist(delivery, { delay: 60_000, networkOf: networkKey, proven: async () => false, journal, now: () => now }),
  });
  const client = await stage.greeted();
  const first = await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  assert.deepEqual(first.slice(1), ['451 4.7.1 greylisted, try again in 60 s', '554 5.5.1 no valid recipients']);
  const { limit, from, to } = await stage.fact('limit');
  assert.deepEqual([limit, from, to], ['greylist', 'a@x.test', ['b@y.test']]);
  now = 60_000;
  const again = await client.askAll(
    ...['RSET', 'MAIL FROM:<a@x.test>', 'RCPT TO:<c@y.test>', 'RCPT TO:<b@y.test>', 'DATA'],
  );
  assert.deepEqual(
    again.map((reply) => reply.slice(0, 3)),
    ['250', '250', '451', '250', '354'],
  );
  await client.ask('Subject: s\r\n\r\nhi\r\n.');
  assert.deepEqual(
    (await stage.mails()).map((mail) => mail.to),
    [['b@y.test']],
  );
  client.end();
});
