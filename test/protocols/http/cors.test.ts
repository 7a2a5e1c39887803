import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say } from './say.ts';
import { web } from './stage.ts';
import { MapTree } from './tree.ts';

const APP = 'https://app.example';
const PREFLIGHT = { 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization, x-mine' };

function allowing(...origins: string[]) {
  const tree = new MapTree({ '/a.txt': 'hello' });
  return web(tree, {}, {}, { reach: { hosts: [], origins } });
}

test('nobody named: no header of it, preflights of others are refused', async () => {
  await using stage = await allowing();
  const got = await say(stage, 'GET', '/a.txt', { headers: { Origin: APP } });
  assert.equal(got.status, 200);
  assert.equal(got.headers['access-control-allow-origin'], undefined);
  assert.equal(got.headers['cross-origin-resource-policy'], 'same-origin');
  const asked = await say(stage, 'OPTIONS', '/a.txt', { headers: { Origin: APP, ...PREFLIGHT } });
  assert.deepEqual([asked.status, asked.headers['access-control-allow-origin']], [403, undefined]);
});

test('an origin that is named may read and change, with credentials', async () => {
  await using stage = await allowing(APP);
  const asked = await say(stage, 'OPTIONS', '/a.txt', { headers: { Origin: APP, ...PREFLIGHT } });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers['access-control-allow-origin'], APP);
  assert.equal(asked.headers['access-control-allow-credentials'], 'true');
  assert.equal(asked.headers['access-control-allow-headers'], 'authorization, x-mine');
  assert.match(asked.headers['access-control-allow-methods'] ?? '', /\bPUT\b/);
  const got = await say(stage, 'GET', '/a.txt', { headers: { Origin: APP } });
  assert.equal(got.headers['access-control-allow-origin'], APP);
  assert.match(got.headers['access-control-expose-headers'] ?? '', /ETag/);
  assert.equal(got.headers.vary, 'Accept-Encoding, Origin');
  assert.equal((await say(stage, 'PUT', '/b', { headers: { Origin: APP }, body: 'x' })).status, 201);
});

test('any other origin gets nothing, whatever it looks like; Vary tells caches apart', async () => {
  await using stage = await allowing(APP);
  for (const Origin of [
    'https://app.example.evil',
    'http://app.example',
    'https://app.example:8443',
    'https://xapp.example',
    'null',
    'https://app.example@evil',
    '*',
  ]) {
    const got = await say(stage, 'GET', '/a.txt', { headers: { Origin } });
    assert.equal(got.headers['access-control-allow-origin'], undefined, Origin);
    assert.match(got.headers.vary ?? '', /Origin/);
    assert.equal((await say(stage, 'PUT', '/b', { headers: { Origin }, body: 'x' })).status, 403, Origin);
  }
  assert.match((await say(stage, 'GET', '/a.txt')).headers.vary ?? '', /Origin/);
  assert.match((await say(stage, 'GET', '/?format=json')).headers.vary ?? '', /Accept, Origin/);
});

test('* lets everybody read, never with credentials, and nobody change', async () => {
  await using stage = await allowing('*');
  const got = await say(stage, 'GET', '/a.txt', { headers: { Origin: 'https://evil.example' } });
  assert.equal(got.headers['access-control-allow-origin'], '*');
  assert.equal(got.headers['access-control-allow-credentials'], undefined);
  assert.equal((await say(stage, 'PUT', '/b', { headers: { Origin: 'https://evil.example' }, body: 'x' })).status, 403);
});

test('a preflight that asks for headers with a line break in them is told none', async () => {
  await using stage = await allowing(APP);
  const headers = { Origin: APP, ...PREFLIGHT, 'Access-Control-Request-Headers': 'a, b c, "d"' };
  const asked = await say(stage, 'OPTIONS', '/a.txt', { headers });
  assert.equal(asked.headers['access-control-allow-headers'], undefined);
});
