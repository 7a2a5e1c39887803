/** What other mail catchers push, over their WebSockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from './socket-client.ts';
import { inboxStage, mail } from './stage.ts';

const TIME = { timeout: 120_000 };

interface Notice {
  readonly Type: string;
  readonly Data: Readonly<Record<string, unknown>> | null;
}

test('Mailpit: /api/events says new, update, delete, truncate and the counters', TIME, async () => {
  await using stage = await inboxStage();
  await using heard = await listen(`ws://127.0.0.1:${stage.door.port}/api/events`);
  const until = async (type: string): Promise<Notice['Data']> => {
    for (;;) {
      const { Type, Data } = await heard.next<Notice>();
      if (Type === type) return Data;
    }
  };
  const id = await stage.deliver(mail({ Subject: 'one', Cc: 'cat@x.test' }, 'words\r\n'));
  const item = await until('new');
  assert.deepEqual(
    [item?.ID, item?.Subject, item?.Read, item?.From, item?.Snippet, item?.Cc],
    [id, 'one', false, { Name: 'Sender', Address: 'sender@x.test' }, 'words', [{ Name: '', Address: 'cat@x.test' }]],
  );
  assert.deepEqual(await until('stats'), { Total: 1, Unread: 1, Version: 'cs 0.0.0' });
  await stage.ask('/api/v1/messages', { method: 'PUT', body: { IDs: [id], Read: true } });
  assert.deepEqual(await until('update'), { ID: id, Read: true, Tags: [] });
  assert.deepEqual(await until('stats'), { Total: 1, Unread: 0, Version: 'cs 0.0.0' });
  await stage.ask('/api/v1/tags', { method: 'PUT', body: { IDs: [id], Tags: ['order'] } });
  assert.deepEqual((await until('update'))?.Tags, ['order']);
  const second = await stage.deliver(mail({ Subject: 'two' }));
  await until('new');
  await stage.ask('/api/v1/messages', { method: 'DELETE', body: { IDs: [second] } });
  assert.deepEqual(await until('delete'), { ID: second });
  await stage.deliver(mail({ Subject: 'three' }));
  await until('new');
  await stage.ask('/api/v1/messages', { method: 'DELETE' });
  assert.deepEqual(await until('delete'), { ID: id });
  assert.equal(await until('truncate'), null);
  assert.deepEqual(await until('stats'), { Total: 0, Unread: 0, Version: 'cs 0.0.0' });
});

test('MailHog: /api/v2/websocket says each message that comes, whole', TIME, async () => {
  await using stage = await inboxStage();
  await using heard = await listen(`ws://127.0.0.1:${stage.door.port}/api/v2/websocket`);
  const id = await stage.deliver(mail({ Subject: 'one' }, 'words\r\n'));
  const item = await heard.next<{ ID: string; Content: { Body: string }; To: { Mailbox: string }[] }>();
  assert.deepEqual([item.ID, item.Content.Body, item.To[0]?.Mailbox], [id, 'words\r\n', 'ann']);
});
