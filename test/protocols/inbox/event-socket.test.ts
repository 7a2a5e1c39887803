import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Accounts, Identity } from '../../../src/contracts/accounts.ts';
import { listen } from './socket-client.ts';
import { eventsOf, inboxStage, mail, type Told } from './stage.ts';

const TIME = { timeout: 120_000 };
const ann: Identity = { name: 'ann', addresses: ['ann@x.test'], known: true };
const ACCOUNTS: Accounts = {
  mode: 'required',
  verify: async (user, proof) =>
    user === 'ann' && proof.kind === 'password' && proof.password.reveal() === 'secret word' ? ann : undefined,
  settle: async () => undefined,
  owner: async (address) => (address === 'ann@x.test' ? ann : undefined),
};

const login = (password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` },
});

const at = (stage: { readonly door: { readonly port: number } }, path = '/api/events/socket'): string =>
  `ws://127.0.0.1:${stage.door.port}${path}`;

test('the same news as by server-sent events: arrivals, changes, removals', TIME, async () => {
  await using stage = await inboxStage();
  const events = eventsOf(await stage.begin('/api/events'));
  await using heard = await listen(at(stage));
  const both = async (): Promise<Told> => {
    const [{ value }, told] = await Promise.all([events.next(), heard.next<Told>()]);
    assert.deepEqual(told, value?.data);
    return told;
  };
  const id = await stage.deliver(mail({ Subject: 'one' }, 'words\r\n'));
  const news = await both();
  assert.equal(news.schema, 'cs.news/1');
  assert.deepEqual([news.added[0]?.subject, news.added[0]?.snippet, news.total, news.unseen], ['one', 'words', 1, 1]);
  await stage.ask('/api/messages', { method: 'PATCH', body: { ids: [id], seen: true } });
  const changed = await both();
  assert.deepEqual([changed.changed[0]?.id, changed.changed[0]?.seen, changed.unseen], [id, true, 0]);
  await stage.ask(`/api/messages/${id}`, { method: 'DELETE' });
  assert.deepEqual((await both()).removed, [id]);
});

test('who comes back with a cursor gets what came meanwhile, once', TIME, async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: 'before' }));
  const first = await listen(at(stage));
  await stage.deliver(mail({ Subject: 'one' }));
  const { cursor } = await first.next<Told>();
  await first[Symbol.asyncDispose]();
  for (const Subject of ['two', 'three']) await stage.deliver(mail({ Subject }));
  await using back = await listen(at(stage, `/api/events/socket?after=${cursor}`));
  const missed: string[] = [];
  while (missed.length < 2) missed.push(...(await back.next<Told>()).added.map(({ subject }) => subject));
  assert.deepEqual(missed, ['two', 'three']);
  await stage.deliver(mail({ Subject: 'four' }));
  assert.deepEqual(
    (await back.next<Told>()).added.map(({ subject }) => subject),
    ['four'],
  );
});

test(
  'only of the inbox that was asked for; an unknown mailbox and a bad cursor are refused in HTTP',
  TIME,
  async () => {
    await using stage = await inboxStage();
    await using heard = await listen(at(stage, '/api/events/socket?inbox=bob@x.test'));
    await stage.deliver(mail({ Subject: 'for ann' }));
    await stage.deliver(mail({ Subject: 'for bob' }), { to: [{ address: 'bob@x.test' }] });
    assert.deepEqual(
      (await heard.next<Told>()).added.map(({ subject }) => subject),
      ['for bob'],
    );
    await assert.rejects(listen(at(stage, '/api/events/socket?mailbox=none')), /refused: 404/);
    await assert.rejects(listen(at(stage, '/api/events/socket?after=x')), /refused: 400/);
    assert.equal((await stage.ask('/api/events/socket')).status, 426);
  },
);

test(
  'WS-01 the inbox: foreign pages are refused; without an Origin a login counts where logins count',
  TIME,
  async () => {
    await using open = await inboxStage();
    for (const path of [
      '/api/events/socket',
      '/api/%65vents/socket',
      '/x/../api/events/socket',
      '/api/events',
      '/socket.io/',
    ]) {
      const url = at(open, path);
      for (const origin of ['https://evil.example', 'null']) {
        await assert.rejects(listen(url, { headers: { origin } }), /refused: 403/, `${path} ${origin}`);
      }
      await assert.rejects(listen(url, { headers: { host: 'evil.example' } }), /refused: 403/, path);
    }
    const own = `http://127.0.0.1:${open.door.port}`;
    await (await listen(at(open), { headers: { origin: own } }))[Symbol.asyncDispose]();
    await using stage = await inboxStage({ accounts: ACCOUNTS });
    for (const path of [
      '/api/events/socket',
      '/api/events',
      '/api/v2/websocket',
      '/socket.io/?EIO=4&transport=websocket',
    ]) {
      await assert.rejects(listen(at(stage, path)), /refused: 401/, path);
      await assert.rejects(listen(at(stage, path), login('wrong')), /refused: 401/, path);
    }
    await assert.rejects(listen(at(stage, '/api/events/socket?inbox=bob'), login('secret word')), /refused: 403/);
    await using heard = await listen(at(stage), login('secret word'));
    await stage.deliver(mail({ Subject: 'for bob' }), { owners: ['bob'], to: [{ address: 'bob@x.test' }] });
    await stage.deliver(mail({ Subject: 'for ann' }), { owners: ['ann'] });
    assert.deepEqual(
      (await heard.next<Told>()).added.map(({ subject }) => subject),
      ['for ann'],
    );
  },
);

test('messages with much in them are compressed for who offers it, and read whole', TIME, async () => {
  await using stage = await inboxStage();
  const mark = await stage.store.journal.mark();
  for (let count = 0; count < 15; count++) await stage.deliver(mail({ Subject: `message ${count}` }));
  await using packed = await listen(at(stage, `/api/events/socket?after=${mark}`), { perMessageDeflate: true });
  await using plain = await listen(at(stage, `/api/events/socket?after=${mark}`), { perMessageDeflate: false });
  assert.match(packed.socket.extensions, /permessage-deflate/);
  assert.equal(plain.socket.extensions, '');
  const all = async (heard: typeof packed): Promise<string[]> => {
    const subjects: string[] = [];
    while (subjects.length < 15) subjects.push(...(await heard.next<Told>()).added.map(({ subject }) => subject));
    return subjects;
  };
  assert.deepEqual(await all(packed), await all(plain));
});

test('what is said to it counts for nothing; shutting down is 1001', TIME, async () => {
  await using stage = await inboxStage();
  await using heard = await listen(at(stage));
  heard.socket.send('hello');
  await stage.deliver(mail({ Subject: 'one' }));
  assert.equal((await heard.next<Told>()).total, 1);
  await stage.door.drain(5000);
  assert.equal(await heard.closed, 1001);
});
