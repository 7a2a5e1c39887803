import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import type { Fact } from '../../../src/contracts/journal.ts';
import type { Services } from '../../../src/contracts/services.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { routes } from '../../../src/protocols/control/routes.ts';
import { createToken, isToken } from '../../../src/protocols/control/token.ts';
import { at, everything, load, store } from '../../conformance/file-tree-harness.ts';
import { deliver, fails, message, take, whole } from '../../conformance/harness.ts';
import { type ControlStage, controlStage, READY } from './stage.ts';

let stage: ControlStage;
const { token, hash } = createToken();
beforeEach(async () => {
  stage = await controlStage(hash);
});
afterEach(() => stage.close());

const text = (id: string): Buffer => message(id, `this is ${id}\r\n`);

/** A tree in which everything is there. */
const FACTS = { kind: 'file', size: 0, modified: 0, tag: '' } as const;
const READABLE = {
  stat: async () => FACTS,
  async *list() {},
  open: async () => ({
    facts: FACTS,
    async *read() {},
    [Symbol.asyncDispose]: async () => {},
  }),
} satisfies FileTree;

describe('an instance from outside', () => {
  test('its files, to be read: facts, lists, content and ranges of it', async () => {
    await store(stage.files, 'a', 'content', { mode: 'replace' }, { modified: 1500.25 });
    await stage.files.makeDir(at('d'));
    await using remote = await stage.connect();
    const files = remote.files!;
    assert.deepEqual(await files.stat(at('a')), await stage.files.stat(at('a')));
    assert.deepEqual(await everything(files), ['/a', '/d/']);
    assert.equal((await load(files, 'a')).toString(), 'content');
    await using file = await files.open(at('a'));
    assert.equal((await whole(file.read({ start: 3, end: 5 }))).toString(), 'te');
    await fails('CS_NOT_FOUND', () => files.stat(at('none')));
    await fails('CS_NOT_DIRECTORY', () => everything(files, '/a'));
    await fails('CS_IS_DIRECTORY', () => files.open(at('d')));
    assert.equal(files.write, undefined);
  });

  test('many questions at once are no leak, and nobody is warned of one', async () => {
    const warned: string[] = [];
    const hear = (warning: Error): void => void warned.push(warning.name);
    process.on('warning', hear);
    await using remote = await stage.connect();
    await Promise.all(Array.from({ length: 30 }, () => remote.journal!.claim(1, false)));
    await new Promise(setImmediate);
    process.off('warning', hear);
    assert.deepEqual(warned, []);
  });

  test('ready, state, stop and reload', async () => {
    await using remote = await stage.connect();
    assert.deepEqual(remote.instance?.ready(), READY);
    assert.equal(remote.instance?.state().schema, 'cs.state/1');
    await remote.instance?.reload();
    await remote.instance?.stop();
    assert.deepEqual(stage.asked, ['reload', 'stop']);
  });

  test('mail is listed, read whole and in ranges, and removed', async () => {
    await using remote = await stage.connect();
    const bytes = text('one');
    const id = await deliver(stage.store.delivery, bytes, ['ann@x.test']);
    await deliver(stage.store.delivery, text('two'), ['bob@x.test']);
    const mail = remote.mail!;
    const local = await stage.store.mail.of('*');
    assert.deepEqual(await mail.list('INBOX'), await local.list('INBOX'));
    assert.deepEqual(await mail.mailboxes(), await local.mailboxes());
    const uid = Number(id);
    assert.deepEqual(await whole(mail.read('INBOX', uid)), bytes);
    assert.deepEqual(await whole(mail.read('INBOX', uid, { start: 5, end: 20 })), bytes.subarray(5, 20));
    assert.deepEqual(await whole(mail.read('INBOX', uid, { start: 5 })), bytes.subarray(5));
    assert.deepEqual(await whole(mail.read('INBOX', uid, { start: 5, end: 5 })), Buffer.alloc(0));
    assert.deepEqual(await whole(mail.read('INBOX', uid, { start: bytes.length })), Buffer.alloc(0));
    const ann = await remote.house!.of('ann@x.test');
    assert.deepEqual(
      (await ann.list('INBOX')).map((entry) => entry.id),
      [id],
    );
    assert.equal(await mail.remove('INBOX', [uid, 999]), 1);
    await fails('CS_NOT_FOUND', () => whole(mail.read('INBOX', uid)));
    await fails('CS_NOT_FOUND', () => mail.list('nowhere'));
    assert.equal(await remote.house!.clear(), 1);
    assert.deepEqual(await mail.list('INBOX'), []);
  });

  test('the names of prototypes and of mailboxes elsewhere are only names', async () => {
    await using remote = await stage.connect();
    for (const owner of ['__proto__', 'constructor', 'a/../b', 'ann@x.test?owner=*']) {
      assert.deepEqual(await (await remote.house!.of(owner)).list('INBOX'), []);
    }
  });

  test('each fact is pushed on its own, before the next one exists', async () => {
    await using remote = await stage.connect();
    const stop = new AbortController();
    const seen: unknown[] = [];
    await stage.store.journal.add({ event: 'limit', n: 0 });
    for await (const fact of remote.journal!.since(0, ['limit'], stop.signal)) {
      seen.push(fact.n);
      if (seen.length === 50) stop.abort();
      else await stage.store.journal.add({ event: 'limit', n: seen.length });
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  test('facts that are gone are CS_EVICTED, not silence', async () => {
    const small = await controlStage(undefined, { messages: 2 });
    try {
      for (const id of ['a', 'b', 'c']) await deliver(small.store.delivery, text(id), ['ann@x.test']);
      await using remote = await small.connect();
      await fails('CS_EVICTED', () => take(remote.journal!, 0, 1, ['mail.stored']));
    } finally {
      await small.close();
    }
  });

  test('a follower hears a stopped instance, after the facts it had', async () => {
    await using remote = await stage.connect();
    await stage.store.journal.add({ event: 'limit' });
    const seen: Fact[] = [];
    const failed = fails('CS_CANNOT_CONNECT', async () => {
      for await (const fact of remote.journal!.since(0, [], new AbortController().signal)) {
        seen.push(fact);
        void stage.drain();
      }
    });
    await failed;
    assert.equal(seen.length, 1);
  });

  test('claims and expectations pass through', async () => {
    await using one = await stage.connect();
    await using two = await stage.connect();
    await deliver(stage.store.delivery, text('a'), ['ann@x.test']);
    const [fact] = await take(one.journal!, 0, 1, ['mail.stored']);
    const won = await Promise.all([one, two, one, two].map(({ journal }) => journal!.claim(fact!.cursor, true)));
    assert.equal(won.filter(Boolean).length, 1);
    assert.deepEqual(await one.journal!.unclaimed(['mail.stored']), []);
  });

  test('a signal ends what is under way', async () => {
    const stop = new AbortController();
    await using remote = await stage.connect({}, stop.signal);
    const ended = assert.rejects(take(remote.journal!, 0, 1, ['limit']), /enough/);
    setImmediate(() => stop.abort(new Error('enough')));
    await ended;
  });
});

describe('who may ask', () => {
  test('AU-12 the control socket is 0600', () => {
    assert.equal(statSync(stage.socket).mode & 0o777, 0o600);
  });

  test('AU-12 over TCP a token is needed, and it is the right one', async () => {
    await fails('CS_AUTH_REJECTED', () => stage.tcp());
    await fails('CS_AUTH_REJECTED', () => stage.tcp(new Secret('wrong-token-of-some-length')));
    await using remote = await stage.tcp(token);
    assert.equal(await remote.journal!.mark(), 0);
  });

  test('AU-12 without a token set up nobody comes in over TCP', async () => {
    const closed = await controlStage();
    try {
      await fails('CS_UNSAFE', () => closed.tcp(token));
    } finally {
      await closed.close();
    }
  });

  test('AU-12 a browser page of another origin changes nothing, whatever it knows', async () => {
    await deliver(stage.store.delivery, text('a'), ['ann@x.test']);
    for (const line of ['Origin: https://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site']) {
      const answer = await ask(
        `POST /v1/clear HTTP/1.1\r\nHost: localhost\r\n${line}\r\nAuthorization: Bearer ${token.reveal()}\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 403 /);
    }
    const rebound = await ask(
      `POST /v1/clear HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${token.reveal()}\r\n`,
    );
    assert.match(rebound, /^HTTP\/1\.1 403 /);
    assert.equal((await (await stage.store.mail.of('*')).list('INBOX')).length, 1);
  });

  test('AU-04 a token has at least 128 random bits, is kept hashed, and is compared whole', () => {
    const made = new Set(Array.from({ length: 100 }, () => createToken().token.reveal()));
    assert.equal(made.size, 100);
    for (const one of made) assert.ok(Buffer.from(one, 'base64url').length * 8 >= 128);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.ok(!hash.includes(token.reveal()));
    assert.ok(isToken(token.reveal(), hash));
    assert.ok(!isToken(hash, hash));
    assert.ok(!isToken(token.reveal().slice(0, -1), hash));
    assert.ok(!isToken('', hash));
    assert.ok(!isToken(token.reveal(), ''));
  });
});

/** By TCP, as a browser would. */
async function ask(head: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: stage.port });
  await once(socket, 'connect');
  socket.write(`${head}Connection: close\r\n\r\n`);
  let said = '';
  for await (const chunk of socket) said += chunk;
  return said;
}

test('HT-24 no GET of the control API changes anything', async () => {
  const changing = new Set([
    'add',
    'claim',
    'clear',
    'remove',
    'append',
    'flag',
    'copy',
    'create',
    'drop',
    'stop',
    'reload',
    'lock',
    'retry',
    'remove',
  ]);
  const touched: string[] = [];
  const watched = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key) {
        if (changing.has(String(key))) touched.push(String(key));
        const value = Reflect.get(object, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = Reflect.apply(value, object, args);
          return result instanceof Promise
            ? result.then((made) =>
                made !== null && typeof made === 'object' && 'list' in made ? watched(made as object) : made,
              )
            : result;
        };
      },
    });
  const { store } = stage;
  const id = await deliver(store.delivery, text('a'), ['ann@x.test']);
  assert.equal(await deliver(store.spool, text('a'), ['ann@x.test']), id);
  const services = {
    journal: watched(store.journal),
    mail: watched(store.mail),
    queue: watched(store.spool),
    instance: watched({ ready: () => READY, state: () => READY, stop: async () => {}, reload: async () => {} }),
    files: watched({ of: () => watched(READABLE) }),
  } as Pick<Services, 'journal' | 'mail' | 'queue' | 'files' | 'instance'>;
  const signal = AbortSignal.abort();
  let asked = 0;
  for (const route of routes(services)) {
    assert.equal(route.safe, route.method === 'GET', `${route.method} ${route.path}`);
    if (route.method !== 'GET') continue;
    asked += 1;
    const request = {
      query: new URLSearchParams(),
      params: new Map([['id', id]]),
      header: () => undefined,
      signal,
      conn: { draining: signal },
    };
    await route.handle(request as never);
  }
  assert.ok(asked >= 7);
  assert.deepEqual(touched, []);
});
