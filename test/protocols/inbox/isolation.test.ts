/** With the token of one inbox every route is asked for the mail of another, and shows none of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../../../src/contracts/delivery.ts';
import type { Fact } from '../../../src/contracts/journal.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { defaults } from '../../../src/kit/option.ts';
import { OPERATIONS } from '../../../src/protocols/inbox/api/openapi.ts';
import { allRoutes, type Desk } from '../../../src/protocols/inbox/inbox.ts';
import { visible } from '../../../src/protocols/inbox/model/principal.ts';
import { inbox as inboxProtocol } from '../../../src/protocols/inbox/protocol.ts';
import { LIMITS } from '../../net/door-fixture.ts';
import { listen } from './socket-client.ts';
import { type Answer, type InboxStage, inboxStage, mail } from './stage.ts';

interface Lent {
  readonly name: string;
  readonly address: string;
  readonly token: string;
  readonly url: string;
  readonly expires_at: string;
}

const CANARY = 'zqxkanarienvogel';
/** What is asked for stands in some answers again, so these are words of their own. */
const PART_OF_IT = 'zqxkanarien';
const TAG = 'markeqx';
const FILE = 'zettelqx.txt';
const ATTACHED = Buffer.from(`attached ${CANARY}`).toString('base64');
const SECRET_MAIL = [
  `From: "${CANARY}" <${CANARY}@sender.test>`,
  `Subject: ${CANARY} subject`,
  `X-Tag: ${CANARY}`,
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  `--b\r\nContent-Type: text/html\r\n\r\n<p>${CANARY} https://${CANARY}.test/verify</p>`,
  `--b\r\nContent-Type: text/plain; name=${FILE}\r\nContent-Disposition: attachment; filename=${FILE}`,
  'Content-Transfer-Encoding: base64',
  '',
  ATTACHED,
  '--b--',
  '',
].join('\r\n');

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function lend(stage: InboxStage, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Lent> {
  const { status, json } = await stage.ask('/api/inboxes', { method: 'POST', body, headers });
  assert.equal(status, 201, JSON.stringify(json));
  return json as unknown as Lent;
}

interface Place {
  readonly method: string;
  readonly path: string;
  readonly safe: boolean;
}

/** What the OpenAPI document tells, and every route that is there, the rivals' and the providers' too. */
async function places(stage: InboxStage, api: 'mailpit' | 'mailhog'): Promise<readonly Place[]> {
  const { json } = await stage.ask('/api/openapi.json', { headers: stage.headers });
  const told = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{([a-z]+)\}/g, ':$1'),
      safe: method === 'get',
    })),
  );
  assert.equal(told.length, Object.keys(OPERATIONS).length);
  const routes = routesOf(api);
  const asked = routes.filter(({ method }) => method !== 'UPGRADE');
  const all = [...told, ...asked.map(({ method, path, safe }) => ({ method, path, safe }))];
  // What the other choice does not change has been asked.
  return api === 'mailhog' ? all.filter(({ path }) => path.startsWith('/api/v1/messages')) : all;
}

declare module './stage.ts' {
  interface InboxStage {
    /** Of somebody who may make inboxes. */
    headers?: Readonly<Record<string, string>>;
  }
}

function routesOf(api: 'mailpit' | 'mailhog') {
  const ctx = { version: '0', options: { ...defaults(inboxProtocol.options), api }, services: {}, limits: LIMITS };
  return allRoutes({ ctx } as unknown as Desk);
}

/** As much of a stream as comes until `last` is in it. */
async function answered(stage: InboxStage, path: string, how: object, nudge: () => Promise<unknown>): Promise<Answer> {
  const answer = await stage.begin(path, how);
  const stream = String(answer.headers['content-type']).startsWith('text/event-stream');
  const chunks: Buffer[] = [];
  if (stream && answer.statusCode === 200) await nudge();
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    if (stream && Buffer.concat(chunks).includes('own nudge')) break;
  }
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: Buffer.concat(chunks),
    json: undefined as never,
  };
}

function shows({ body, headers }: Pick<Answer, 'body' | 'headers'>, asked: string): boolean {
  const text = `${JSON.stringify(headers)}\n${body.toString('latin1')}`;
  const words = [CANARY, ATTACHED, Buffer.from(CANARY).toString('base64'), TAG, FILE];
  return words.some((word) => !asked.includes(word) && text.includes(word));
}

for (const [mode, api] of [
  ['any', 'mailpit'],
  ['any', 'mailhog'],
  ['required', 'mailpit'],
] as const) {
  test(`AU-04 ${mode}, ${api}: no route shows the mail of another inbox, or changes it`, {
    timeout: 120_000,
  }, async () => {
    const gone: string[] = [];
    const release: Delivery = {
      open: (envelope) => {
        gone.push(...envelope.to.map(({ address }) => address));
        throw new CsError('CS_DENIED', 'not here');
      },
    };
    await using stage = await inboxStage({ accounts: mode, release, options: { api } as never });
    const maker = mode === 'required' ? await account(stage) : {};
    stage.headers = maker;
    const a = await lend(stage, { name: 'a' }, maker);
    const b = await lend(stage, { name: 'b' }, maker);
    const idB = await stage.deliver(SECRET_MAIL, { to: [{ address: b.address }] });
    const tagged = await stage.ask('/api/messages', {
      method: 'PATCH',
      body: { all: true, add_tags: [TAG] },
      headers: bearer(b.token),
    });
    assert.equal(tagged.status, 200);
    await stage.deliver(mail({ Subject: 'own' }), { to: [{ address: a.address }] });
    const before = await stage.ask(`/api/messages/${idB}`, { headers: bearer(b.token) });
    const nudge = (to: string) => async () => {
      await stage.deliver(SECRET_MAIL, { to: [{ address: 'third@x.test' }] });
      await stage.deliver(mail({ Subject: 'own nudge' }), { to: [{ address: to }] });
    };
    const values: Readonly<Record<string, readonly string[]>> = {
      id: [idB, 'latest'],
      name: [b.name, `${idB}.html`, `${idB}.txt`, FILE],
      part: ['2'],
      tag: [TAG],
      to: ['out@x.test'],
      domain: ['x.test'],
    };
    const body = {
      ids: [idB],
      IDs: [idB],
      ...{ seen: true, Read: true, add_tags: ['x'], Tags: ['x'], Name: 'x', ttl: '1ms', claim: true, timeout: '5ms' },
      ...{ to: ['out@x.test'], To: ['out@x.test'], email: 'out@x.test', from: 'a@x.test', subject: PART_OF_IT },
    };
    const searches = ['', `&q=${PART_OF_IT}`, `&query=${PART_OF_IT}&kind=containing&subject=${PART_OF_IT}`];
    const scopes = ['', '&inbox=*', `&inbox=${b.name}`, `&inbox=${b.address}`, '&mailbox=INBOX'];
    let asked = 0;
    let seenByB = 0;
    const all = await places(stage, api);
    for (const { method, path, safe } of [...all.filter((one) => one.safe), ...all.filter((one) => !one.safe)]) {
      for (const filled of expand(path, values)) {
        for (const scope of safe ? scopes : ['', `&inbox=${b.name}`]) {
          for (const search of safe ? searches : ['']) {
            const target = `${filled}?timeout=5ms${scope}${search}`;
            const how = { method, ...(safe ? {} : { body }), headers: bearer(a.token) };
            const answer = await answered(stage, target, how, nudge(a.address));
            assert.ok(
              !shows(answer, target),
              `${method} ${target}: ${answer.status} ${answer.body.toString().slice(0, 300)}`,
            );
            assert.ok(answer.status < 500 || answer.status === 501, `${method} ${target}: ${answer.status}`);
            asked += 1;
          }
        }
        // The same question by whom it belongs to, so that there was something to hide.
        if (!safe || path === '/api/events' || path === '/api/v1/events') continue;
        const shown = await stage.ask(`${filled}?timeout=5ms`, { headers: bearer(b.token) });
        if (shows(shown, filled)) seenByB += 1;
      }
    }
    assert.ok(asked > (api === 'mailhog' ? 20 : 300), `${asked} questions`);
    assert.ok(seenByB >= (api === 'mailhog' ? 3 : 20), `${seenByB} of them have an answer for the owner`);
    assert.deepEqual(gone, [], 'nothing was let go');
    const after = await stage.ask(`/api/messages/${idB}`, { headers: bearer(b.token) });
    assert.deepEqual(after.json, before.json, 'untouched');
    const still = await stage.ask(`/api/inboxes/${b.name}`, { headers: bearer(b.token) });
    assert.equal((still.json as unknown as Lent).expires_at, b.expires_at);
  });
}

/** A path with each of the values in each of its places. */
function expand(path: string, values: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const [, name] = /:([a-z]+)/.exec(path) ?? [];
  if (name === undefined) return [path];
  assert.ok(values[name], `a value for :${name} of ${path}`);
  return values[name].flatMap((value) => expand(path.replace(`:${name}`, encodeURIComponent(value)), values));
}

/** An account that may log in where accounts are required. */
async function account(stage: InboxStage): Promise<Readonly<Record<string, string>>> {
  const { hashMachineSecret } = await import('../../../src/auth/password.ts');
  const now = new Date().toISOString();
  const password = hashMachineSecret('machine made');
  await stage.store.users.put({ name: 'ann', password, addresses: [], createdAt: now, updatedAt: now });
  return { authorization: `Basic ${Buffer.from('ann:machine made').toString('base64')}` };
}

test('AU-04 no WebSocket tells of another inbox, and each ends with its own', { timeout: 120_000 }, async () => {
  await using stage = await inboxStage({ accounts: 'any' });
  const upgrades = routesOf('mailpit').flatMap(({ method, path }) => (method === 'UPGRADE' ? [path] : []));
  // Socket.IO has words of its own: socket-io.test.ts.
  const paths = upgrades.filter((path) => path !== '/socket.io');
  assert.ok(paths.length >= 3, paths.join());
  for (const path of paths) {
    const a = await lend(stage, {});
    const b = await lend(stage, {});
    const at = `ws://127.0.0.1:${stage.door.port}${path}`;
    await assert.rejects(listen(`${at}?token=${a.token}&inbox=${b.name}`), /refused: 403/, path);
    await assert.rejects(listen(`${at}?token=${a.token.replace('csi_', 'csi_A').slice(0, -1)}`), /refused: 401/, path);
    await using heard = await listen(`${at}?token=${a.token}`);
    await using header = await listen(at, { headers: bearer(a.token) });
    await stage.deliver(SECRET_MAIL, { to: [{ address: b.address }] });
    await stage.deliver(mail({ Subject: 'own nudge' }), { to: [{ address: a.address }] });
    for (const one of [heard, header]) {
      let told = '';
      while (!told.includes('own nudge')) told += JSON.stringify(await one.next<object>());
      assert.ok(!shows({ body: Buffer.from(told), headers: {} }, ''), `${path}: ${told}`);
    }
    await stage.ask(`/api/inboxes/${a.name}`, { method: 'DELETE', headers: bearer(a.token) });
    assert.deepEqual(await Promise.all([heard.closed, header.closed]), [1008, 1008], path);
  }
});

test('a token stands in every place that browsers, rivals’ and providers’ clients have for one', async () => {
  await using stage = await inboxStage({ accounts: 'any' });
  const { token, address, name } = await lend(stage, {});
  await stage.deliver(mail({ Subject: 'own' }), { to: [{ address }] });
  await stage.deliver(mail({ Subject: 'other' }));
  const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` });
  const ways: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['', bearer(token)],
    ['', basic(name)],
    ['', basic('api')],
    ['', basic('')],
    ['', { 'x-postmark-server-token': token }],
    [`?token=${token}`, {}],
    [`?token=${token}`, { authorization: 'Bearer anything' }],
  ];
  for (const [query, headers] of ways) {
    const { json } = await stage.ask(`/api/messages${query}`, { headers });
    assert.deepEqual(
      json.messages.map(({ subject }) => subject),
      ['own'],
      JSON.stringify([query, headers]),
    );
  }
  const page = await stage.ask(`/?token=${token}`);
  assert.match(page.body.toString(), new RegExp(`src="inbox\\.js\\?token=${token.replace('.', '\\.')}"`));
  assert.equal(page.headers['cache-control'], 'no-store');
  assert.doesNotMatch((await stage.ask('/')).body.toString(), /token/);
  // A provider's call by its client's key.
  const sent = await stage.ask('/v3/mail/send', {
    method: 'POST',
    headers: bearer(token),
    body: {
      from: { email: 'shop@x.test' },
      personalizations: [{ to: [{ email: 'customer@x.test' }] }],
      subject: 'ordered',
      content: [{ type: 'text/plain', value: 'thanks' }],
    },
  });
  assert.equal(sent.status, 202);
  assert.equal((await stage.ask('/api/messages?q=subject:ordered', { headers: bearer(token) })).json.total, 2);
});

test('AU-04 a token that is nobody’s (any more) opens nothing, wherever it stands', async () => {
  await using stage = await inboxStage({ accounts: 'any' });
  await stage.deliver(mail({}));
  const { token, name } = await lend(stage, { ttl: '1h' });
  const other = `csi_${'A'.repeat(32)}.${name}`;
  const short = await lend(stage, { ttl: '1h' });
  const stream = await stage.begin('/api/events', { headers: bearer(short.token) });
  const waiting = stage.ask('/api/wait?timeout=1m', { headers: bearer(short.token) });
  const ended = await stage.ask(`/api/inboxes/${short.name}`, { method: 'DELETE', headers: bearer(short.token) });
  assert.deepEqual([ended.status, ended.json.removed], [200, 0]);
  for await (const _ of stream);
  assert.equal((await waiting).status, 401, 'who waited hears that it is gone');
  for (const bad of [other, short.token]) {
    const basic = `Basic ${Buffer.from(`${name}:${bad}`).toString('base64')}`;
    const places: readonly Readonly<Record<string, string>>[] = [
      bearer(bad),
      { authorization: basic },
      { 'x-postmark-server-token': bad },
    ];
    for (const headers of places) {
      const { status, headers: said } = await stage.ask('/api/messages', { headers });
      assert.equal(status, 401, bad);
      assert.match(String(said['www-authenticate']), /Bearer/);
    }
    assert.equal((await stage.ask(`/api/messages?token=${bad}`)).status, 401);
  }
  assert.equal((await stage.ask('/api/messages?token=word')).status, 401);
  assert.equal((await stage.ask('/api/messages?token=')).status, 401);
  assert.equal((await stage.ask('/api/messages', { headers: bearer(token) })).status, 200);
  assert.equal((await stage.ask('/api/messages', { headers: bearer('SG.some-key') })).json.total, 1, 'any other key');
});

test('a lent inbox is told of and changed by its token, by who asked for it, and by nobody else', async () => {
  await using stage = await inboxStage({ accounts: 'required' });
  const ann = await account(stage);
  const made = await lend(
    stage,
    { name: 'Ünïcode & more', quota: { messages: 5, bytes: '10k' }, domain: 'x.test' },
    ann,
  );
  assert.match(made.address, /^u-ni-code-more-[0-9a-z]{10}@x\.test$|^unicode-more-[0-9a-z]{10}@x\.test$/);
  assert.match(made.url, /^http:\/\/127\.0\.0\.1:\d+\/\?token=csi_/);
  const other = await lend(stage, {}, ann);
  const path = `/api/inboxes/${made.name}`;
  for (const headers of [ann, bearer(made.token)]) {
    const { json } = await stage.ask(path, { headers });
    assert.deepEqual(Object.keys(json).sort(), [
      'address',
      'created_at',
      'expires_at',
      'name',
      'quota',
      'schema',
      'ttl_ms',
    ]);
    assert.deepEqual((json as unknown as { quota: object }).quota, { messages: 5, bytes: 10_240 });
    const longer = await stage.ask(path, { method: 'PATCH', body: { ttl: '2h' }, headers });
    assert.equal((longer.json as unknown as { ttl_ms: number }).ttl_ms, 7_200_000);
  }
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    const how = { method, headers: bearer(other.token), ...(method === 'GET' ? {} : { body: { ttl: '1s' } }) };
    assert.equal((await stage.ask(path, how)).status, 404, method);
  }
  assert.equal(
    (await stage.ask('/api/inboxes', { method: 'POST', body: {}, headers: bearer(made.token) })).status,
    403,
  );
  assert.deepEqual((await stage.ask('/api/inboxes', { headers: bearer(made.token) })).json.inboxes, [
    { name: made.name, messages: 0 },
  ]);
  assert.equal((await stage.ask('/metrics', { headers: bearer(made.token) })).status, 403);
  for (const body of [
    { ttl: 5 },
    { ttl: '0s' },
    { ttl: '8000h' },
    { name: 7 },
    { quota: 7 },
    { quota: { messages: -1 } },
    { domain: 'a b' },
  ]) {
    const { status } = await stage.ask('/api/inboxes', { method: 'POST', body, headers: ann });
    assert.equal(status, 400, JSON.stringify(body));
  }
  assert.equal((await stage.ask(path, { method: 'DELETE', headers: ann })).json.removed, 0);
  assert.equal((await stage.ask(path, { headers: ann })).status, 404);
});

test('visible: a fact is for its owners, for everybody where nobody logs in, and for nobody once the inbox is gone', () => {
  const fact = { cursor: 1, ts: '', event: 'mail.stored', owners: ['a', 'b'] } as Fact;
  const life = new AbortController();
  const a = { user: 'a', confined: true, life: life.signal };
  assert.equal(visible(a, fact), true);
  assert.equal(visible({ ...a, user: 'c' }, fact), false);
  assert.equal(visible({ user: '', confined: false, life: undefined }, fact), true);
  assert.equal(visible({ ...a, user: 'c' }, { ...fact, owners: undefined } as Fact), false);
  life.abort();
  assert.equal(visible(a, fact), false);
});
