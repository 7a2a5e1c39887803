import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOf, inboxStage, mail } from './stage.ts';

test('an empty inbox is an empty list', async () => {
  await using stage = await inboxStage();
  const { json } = await stage.ask('/api/messages');
  assert.equal(json.schema, 'cs.messages/1');
  assert.deepEqual([json.total, json.unseen, json.matched, json.messages], [0, 0, 0, []]);
});

test('newest first, with sender, subject, snippet and attachments', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: 'first' }, 'one\r\n two\r\n'));
  await stage.deliver(mail({ Subject: '=?utf-8?q?zw=C3=B6lf?=', From: '"Bob, B." <bob@x.test>' }));
  const { json } = await stage.ask('/api/messages');
  assert.deepEqual(
    json.messages.map((row) => row.subject),
    ['zwölf', 'first'],
  );
  assert.deepEqual(json.messages[0]!.from, { name: 'Bob, B.', address: 'bob@x.test' });
  assert.equal(json.messages[1]!.snippet, 'one two');
  assert.equal(json.messages[1]!.attachments, 0);
  assert.equal(json.messages[1]!.seen, false);
});

test('pages: by start, and by the uid that the last one ended with', async () => {
  await using stage = await inboxStage();
  for (let at = 1; at <= 5; at++) await stage.deliver(mail({ Subject: `s${at}` }));
  const subjects = async (query: string): Promise<[string[], number | null]> => {
    const { json } = await stage.ask(`/api/messages?${query}`);
    return [json.messages.map((row) => row.subject), json.next];
  };
  assert.deepEqual(await subjects('limit=2'), [['s5', 's4'], 4]);
  assert.deepEqual(await subjects('limit=2&before=4'), [['s3', 's2'], 2]);
  assert.deepEqual(await subjects('limit=2&before=2'), [['s1'], null]);
  assert.deepEqual(await subjects('start=3&limit=2'), [['s2', 's1'], null]);
  assert.deepEqual(await subjects('ids=1,99,3'), [['s1', 's3'], null]);
  assert.equal((await stage.ask('/api/messages?limit=x')).status, 400);
});

test('an unchanged list is 304; a change makes it new', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({}));
  const { headers } = await stage.ask('/api/messages');
  const again = { headers: { 'if-none-match': String(headers.etag) } };
  assert.equal((await stage.ask('/api/messages', again)).status, 304);
  await stage.ask('/api/messages', { method: 'PATCH', body: { all: true, seen: true } });
  assert.equal((await stage.ask('/api/messages', again)).status, 200);
});

test('quick: what was left out comes the next time, whatever the browser remembers', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({}));
  const { headers } = await stage.ask('/api/messages?quick=1');
  assert.equal(headers.etag, undefined);
  assert.equal(headers['cache-control'], 'no-store');
  const { headers: full } = await stage.ask('/api/messages');
  const again = await stage.ask('/api/messages?quick=1', { headers: { 'if-none-match': String(full.etag) } });
  assert.deepEqual([again.status, again.json.messages[0]!.snippet], [200, 'hello']);
});

test('read, star, tag and delete: one, many, all', async () => {
  await using stage = await inboxStage();
  for (let at = 1; at <= 4; at++) await stage.deliver(mail({ Subject: `s${at}` }));
  const change = async (body: object) => (await stage.ask('/api/messages', { method: 'PATCH', body })).json;
  assert.deepEqual((await change({ ids: ['1', 2], seen: true })).unseen, 2);
  await change({ ids: [3], flagged: true, add_tags: ['order confirmation', 'ü'] });
  const { json } = await stage.ask('/api/messages');
  const row = (id: string) => json.messages.find((one) => one.id === id)!;
  assert.deepEqual([row('1').seen, row('3').seen, row('3').flagged], [true, false, true]);
  assert.deepEqual(row('3').tags, ['order confirmation', 'ü']);
  await change({ ids: [3], tags: ['b'] });
  assert.deepEqual((await stage.ask('/api/messages?ids=3')).json.messages[0]!.tags, ['b']);
  assert.equal((await stage.ask('/api/messages/1', { method: 'DELETE' })).json.removed, 1);
  assert.equal((await stage.ask('/api/messages/1', { method: 'DELETE' })).status, 404);
  assert.equal((await stage.ask('/api/messages', { method: 'DELETE', body: { ids: [2, 99] } })).json.removed, 1);
  assert.equal((await stage.ask('/api/messages', { method: 'DELETE', body: {} })).status, 400);
  assert.equal((await stage.ask('/api/messages', { method: 'DELETE', body: { all: true } })).json.removed, 2);
  assert.equal((await stage.ask('/api/messages')).json.total, 0);
});

test('the tags there are, and of how many messages', async () => {
  await using stage = await inboxStage();
  assert.deepEqual(Object((await stage.ask('/api/tags')).json), { schema: 'cs.tags/1', tags: [] });
  for (const tags of [['b', 'a \u00fc'], ['b'], []]) {
    const id = await stage.deliver(mail({}));
    if (tags.length > 0) await stage.ask('/api/messages', { method: 'PATCH', body: { ids: [id], add_tags: tags } });
  }
  assert.deepEqual(Object((await stage.ask('/api/tags')).json).tags, [
    { name: 'a \u00fc', messages: 1 },
    { name: 'b', messages: 2 },
  ]);
});

test('what others change is seen: flags and removals that nobody announced', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({}));
  await stage.deliver(mail({}));
  assert.equal((await stage.ask('/api/messages')).json.unseen, 2);
  const store = await stage.store.mail.of('*');
  await store.flag?.('INBOX', [1], 'add', ['\\Seen']);
  await store.remove('INBOX', [2]);
  const { json } = await stage.ask('/api/messages');
  assert.deepEqual([json.total, json.unseen, json.messages[0]!.seen], [1, 0, true]);
});

test('events: an arrival is told with its row, changes and removals follow', async () => {
  await using stage = await inboxStage();
  const events = eventsOf(await stage.begin('/api/events'));
  const id = await stage.deliver(mail({ Subject: 'live' }));
  const arrival = (await events.next()).value!;
  assert.equal(arrival.event, 'news');
  assert.deepEqual([arrival.data.added[0]!.id, arrival.data.added[0]!.subject, arrival.data.total], [id, 'live', 1]);
  await stage.ask('/api/messages', { method: 'PATCH', body: { all: true, seen: true } });
  assert.equal((await events.next()).value!.data.changed[0]!.seen, true);
  await stage.ask(`/api/messages/${id}`, { method: 'DELETE' });
  assert.deepEqual((await events.next()).value!.data.removed, [id]);
  await events.return(undefined);
});

test('events: who comes back with a cursor misses nothing; one that is too old is told to start over', async () => {
  await using stage = await inboxStage({ messages: 3 });
  const before = await stage.store.journal.mark();
  const ids = [await stage.deliver(mail({})), await stage.deliver(mail({}))];
  const resumed = eventsOf(await stage.begin('/api/events', { headers: { 'last-event-id': String(before) } }));
  const missed: string[] = [];
  while (missed.length < 2) missed.push(...(await resumed.next()).value!.data.added.map((row) => row.id));
  assert.deepEqual(missed, ids);
  await resumed.return(undefined);
  for (let at = 0; at < 3; at++) await stage.deliver(mail({}));
  const late = eventsOf(await stage.begin(`/api/events?after=${before}`));
  assert.equal((await late.next()).value!.data.reset, true);
  await late.return(undefined);
});
