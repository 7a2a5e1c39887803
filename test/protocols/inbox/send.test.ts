import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery, Envelope } from '../../../src/contracts/delivery.ts';
import { inboxStage, mail } from './stage.ts';

const post = (body: unknown) => ({ method: 'POST', body });

test('compose: what is written is delivered like any mail, blind copies unseen', async () => {
  await using stage = await inboxStage();
  const letter = {
    from: 'Ann Ü <ann@x.test>',
    to: ['Bob <bob@x.test>'],
    bcc: 'carl@x.test',
    subject: 'Grüße',
    text: 'one\ntwo',
    html: '<p>one</p>',
    in_reply_to: '<1@x.test>',
    attachments: [{ name: 'a.txt', type: 'text/plain', base64: Buffer.from('file').toString('base64') }],
  };
  const sent = await stage.ask('/api/messages', post(letter));
  assert.equal(sent.status, 201);
  const { json } = await stage.ask(`/api/messages/${sent.json.id}`);
  assert.deepEqual([json.subject, json.from, json.attachments], ['Grüße', { name: 'Ann Ü', address: 'ann@x.test' }, 1]);
  assert.equal(json.text.replaceAll('\r', '').trim(), 'one\ntwo');
  assert.match(json.html, /<p>one<\/p>/);
  const source = (await stage.ask(`/api/messages/${sent.json.id}/source`)).body.toString();
  assert.doesNotMatch(source, /carl|(?<!\r)\n/);
  assert.match(source, /In-Reply-To: <1@x\.test>\r\n/);
  assert.deepEqual((await stage.ask('/api/messages?inbox=carl@x.test')).json.total, 1);
});

test('CL-07 compose: a line end, no address or nobody is refused, and nothing is stored', async () => {
  await using stage = await inboxStage();
  const good = { from: 'ann@x.test', to: ['bob@x.test'], subject: 's', text: 't' };
  for (const bad of [
    { subject: 'a\r\nBcc: x@x.test' },
    { from: 'ann@x.test\nX: y' },
    { from: 'ann' },
    { to: [] },
    { to: ['a b <c@x.test\0>'] },
    { to: 'Array.from({length: 1})' },
    { in_reply_to: '<a@b>\r\nX: y' },
    { attachments: [{ name: 'a\r\nb', base64: '' }] },
    { to: Array.from({ length: 101 }, (_, at) => `a${at}@x.test`) },
  ]) {
    const { status } = await stage.ask('/api/messages', post({ ...good, ...bad }));
    assert.ok(status === 400 || status === 413, `${JSON.stringify(bad).slice(0, 60)}: ${status}`);
  }
  assert.equal((await stage.ask('/api/messages')).json.total, 0);
});

test('release: the message as it is, to whom it is let go; where nothing leaves it is 403', async () => {
  const taken: { envelope: Envelope; text: string }[] = [];
  const release: Delivery = {
    open: (envelope) => {
      const chunks: Uint8Array[] = [];
      return {
        write: (chunk) => void chunks.push(chunk),
        commit: async () => {
          taken.push({ envelope, text: Buffer.concat(chunks).toString() });
          return { id: 'q1', size: 1, results: [] };
        },
        abort: async () => {},
      };
    },
  };
  await using stage = await inboxStage({ release });
  const raw = mail({ Subject: 'go' });
  const id = await stage.deliver(raw);
  const { status, json } = await stage.ask(`/api/messages/${id}/release`, post({ to: ['real@y.test'] }));
  assert.deepEqual([status, json.id], [202, 'q1']);
  assert.deepEqual([taken[0]!.text, taken[0]!.envelope.from], [raw, 'sender@x.test']);
  assert.deepEqual(taken[0]!.envelope.to, [{ address: 'real@y.test' }]);
  assert.equal((await stage.ask(`/api/messages/${id}/release`, post({ to: ['no\r\n@y.test'] }))).status, 400);
  await using closed = await inboxStage();
  const held = await closed.deliver(raw);
  const refused = await closed.ask(`/api/messages/${held}/release`, post({}));
  assert.deepEqual([refused.status, refused.json.code], [403, 'CS_DENIED']);
});
