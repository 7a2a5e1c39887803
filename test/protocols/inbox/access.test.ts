import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Accounts, Identity } from '../../../src/contracts/accounts.ts';
import { OPERATIONS } from '../../../src/protocols/inbox/api/openapi.ts';
import { apiRoutes, type Desk } from '../../../src/protocols/inbox/inbox.ts';
import { LIMITS } from '../../net/door-fixture.ts';
import { inboxStage, mail } from './stage.ts';

const ann: Identity = { name: 'ann', addresses: ['ann@x.test'], known: true };
const ACCOUNTS: Accounts = {
  mode: 'required',
  verify: async (user, proof) =>
    user === 'ann' && proof.kind === 'password' && proof.password.reveal() === 'secret word' ? ann : undefined,
  settle: async () => undefined,
  owner: async (address) => (address === 'ann@x.test' ? ann : undefined),
};
const LOGIN = { authorization: `Basic ${Buffer.from('ann:secret word').toString('base64')}` };

test('accounts required: nothing without a login, and then one’s own inbox only', async () => {
  await using stage = await inboxStage({ accounts: ACCOUNTS });
  await stage.deliver(mail({ Subject: 'for ann' }), { owners: ['ann'] });
  await stage.deliver(mail({ Subject: 'for bob' }), { owners: ['bob'], to: [{ address: 'bob@x.test' }] });
  for (const path of ['/', '/api/messages', '/api/openapi.json', '/api/events', '/api/v1/messages']) {
    const { status, headers } = await stage.ask(path);
    assert.equal(status, 401, path);
    assert.match(String(headers['www-authenticate']), /^Basic realm/);
  }
  const ask = (path: string) => stage.ask(path, { headers: LOGIN });
  const own = await ask('/api/messages');
  assert.deepEqual(
    own.json.messages.map(({ subject }) => subject),
    ['for ann'],
  );
  assert.equal((await ask('/api/messages?inbox=ann@x.test')).json.total, 1);
  for (const other of ['bob', 'bob@x.test', '*', '%00']) {
    const { status } = await ask(`/api/messages?inbox=${other}`);
    assert.ok(status === 403 || status === 400, `${other}: ${status}`);
  }
  assert.equal((await ask('/api/wait?subject=bob&timeout=50ms')).status, 404);
  assert.deepEqual((await ask('/api/inboxes')).json.inboxes, [{ name: 'ann', messages: 1 }]);
});

test('an inbox for each test: by the address that mail came for', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: 'one' }), { to: [{ address: 'test1@x.test' }] });
  await stage.deliver(mail({ Subject: 'two' }), { to: [{ address: 'test2@x.test' }, { address: 'test1@x.test' }] });
  const { json } = await stage.ask('/api/inboxes');
  assert.deepEqual(json.inboxes, [
    { name: 'test1@x.test', messages: 2 },
    { name: 'test2@x.test', messages: 1 },
  ]);
  const only = await stage.ask('/api/messages?inbox=TEST2@x.test');
  assert.deepEqual(
    only.json.messages.map(({ subject }) => subject),
    ['two'],
  );
  await stage.ask('/api/messages?inbox=test2@x.test', { method: 'DELETE', body: { all: true } });
  assert.equal((await stage.ask('/api/messages?inbox=test1@x.test')).json.total, 2);
});

test('HT-22 HT-23 another host, another origin, another site: refused before anything is looked at', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({}));
  for (const host of ['evil.example', '127.0.0.1.nip.io', 'localhost.evil', '0.0.0.0']) {
    assert.equal((await stage.ask('/api/messages', { headers: { host } })).status, 403, host);
  }
  const foreign: readonly Readonly<Record<string, string>>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    for (const [method, path] of [
      ['DELETE', '/api/messages'],
      ['PATCH', '/api/messages'],
      ['POST', '/api/messages'],
      ['POST', '/frame'],
    ] as const) {
      const { status } = await stage.ask(path, {
        method,
        body: { all: true },
        headers: headers,
      });
      assert.equal(status, 403, `${method} ${path}`);
    }
  }
  const { json, headers } = await stage.ask('/api/messages');
  assert.equal(json.total, 1);
  assert.equal(headers['access-control-allow-origin'], undefined);
});

test('HT-23 a form of another page cannot send JSON: other types are 415', async () => {
  await using stage = await inboxStage();
  const { status } = await stage.ask('/api/messages', {
    method: 'DELETE',
    body: '{"all":true}',
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(status, 415);
});

test('HT-24 no GET changes anything; the OpenAPI document tells every route, and no other', async () => {
  await using stage = await inboxStage();
  const { json } = await stage.ask('/api/openapi.json');
  assert.equal(json.openapi, '3.1.0');
  const told = Object.entries(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{([a-z]+)\}/g, ':$1')}`),
  );
  const routes = apiRoutes({ ctx: { version: '0', limits: LIMITS } } as Desk);
  // A WebSocket begins with GET.
  const real = routes.map(({ method, path }) => `${method === 'UPGRADE' ? 'GET' : method} ${path}`);
  assert.deepEqual(told.sort(), real.sort());
  assert.deepEqual(Object.keys(OPERATIONS).sort(), real);
  for (const { method, safe, path } of routes) {
    assert.equal(safe, method === 'GET' || method === 'UPGRADE', `${method} ${path}`);
  }
});
