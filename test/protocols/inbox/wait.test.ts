import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inboxStage, mail } from './stage.ts';

test('wait: answered by what is there already, and by what comes, with what was extracted', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: 'welcome' }));
  const there = await stage.ask('/api/wait?subject=welcome');
  assert.deepEqual([there.status, there.json.matched, there.json.messages[0]!.subject], [200, 1, 'welcome']);
  const mark = await stage.store.journal.mark();
  const coming = stage.ask(`/api/wait?after=${mark}&to=ann@x.test&extract=code`);
  await stage.deliver(mail({ Subject: 'code' }, 'Your code is 482913.\r\n'));
  const { json } = await coming;
  assert.deepEqual([json.messages[0]!.subject, json.messages[0]!.extracted], ['code', '482913']);
});

test('wait: nothing in time is 404 that tells what came, and why it was not it', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: 'other' }));
  const { status, json } = await stage.ask('/api/wait?subject=%2Fverify%2Fi&timeout=50ms');
  assert.deepEqual([status, json.code], [404, 'CS_TIMEOUT']);
  assert.match(
    json.message,
    /1 message arrived, none matched: #1 to ann@x\.test subject "other" \(subject did not match \/verify\/i\)/,
  );
  assert.equal((await stage.ask('/api/wait?timeout=5')).status, 400);
  assert.equal((await stage.ask('/api/wait?subject=%2F(%2F')).status, 400);
});

test('HT-24 wait: only a POST claims, and then each gets another one', async () => {
  await using stage = await inboxStage();
  const ids = [await stage.deliver(mail({})), await stage.deliver(mail({}))];
  await stage.ask('/api/wait');
  assert.equal((await stage.store.journal.unclaimed(['mail.stored'])).length, 2);
  const claim = { method: 'POST', body: { to: 'ann', claim: true } };
  const taken = await Promise.all([stage.ask('/api/wait', claim), stage.ask('/api/wait', claim)]);
  assert.deepEqual(taken.map(({ json }) => json.messages[0]!.id).sort(), ids);
});

test('wait: count says how many there must be', async () => {
  await using stage = await inboxStage();
  for (let at = 0; at < 3; at++) await stage.deliver(mail({}));
  assert.equal((await stage.ask('/api/wait?count=3')).json.matched, 3);
  const { status, json } = await stage.ask('/api/wait?count=2');
  assert.deepEqual([status, json.code], [404, 'CS_ASSERTION']);
});
