import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { captureOf } from '../../../../src/protocols/http/capture/capture.ts';
import { KEPT_OCTETS } from '../../../../src/protocols/http/capture/kept-body.ts';
import { file, form, say } from '../say.ts';
import { web } from '../stage.ts';
import { MapTree, readOnly } from '../tree.ts';

test('every method is answered there, and is a fact with what it brought', async () => {
  const tree = new MapTree({ '/hook': 'a file of the same name' });
  await using stage = await web(tree, { capture: ['/hook', '/late=503', '/api/*'] });
  for (const [method, target, body, status] of [
    ['POST', '/hook?id=7', 'event=paid&x=ü', 200],
    ['GET', '/hook', '', 200],
    ['PUT', '/hook', 'x', 200],
    ['DELETE', '/late', '', 503],
    ['REPORT', '/api/v1/things', '{"a":1}', 200],
  ] as const) {
    const answer = await say(stage, method, target, { body, headers: { 'X-Mine': 'yes', 'X-Token': 'hidden' } });
    assert.deepEqual([answer.status, answer.body], [status, ''], `${method} ${target}`);
    const fact = stage.requests.at(-1);
    const [path, query = ''] = target.split('?');
    assert.deepEqual(
      [fact?.event, fact?.method, fact?.path, fact?.query, fact?.status, fact?.captured, fact?.body, fact?.body_bytes],
      ['request', method, path, query, status, true, body, Buffer.byteLength(body)],
    );
    const headers = fact?.headers as Record<string, string>;
    assert.deepEqual([headers['x-mine'], headers['x-token']], ['yes', '***']);
  }
  assert.equal(tree.text('/hook'), 'a file of the same name');
});

test('what is no text is base64; of much, the first 64 KiB, the count and the hash', async () => {
  await using stage = await web(new MapTree(), { capture: ['/hook'] });
  await say(stage, 'POST', '/hook', { body: Buffer.from([0xff, 0, 0xfe]) });
  assert.equal(stage.requests.at(-1)?.body_base64, '/wD+');
  assert.equal(stage.requests.at(-1)?.body, undefined);
  // A character of two octets lies over the end of what is kept.
  const body = `x${'ü'.repeat(100_000)}`;
  await say(stage, 'POST', '/hook', { body });
  const fact = stage.requests.at(-1);
  assert.equal(fact?.body, body.slice(0, KEPT_OCTETS / 2));
  assert.equal(fact?.body_bytes, 200_001);
  assert.equal(fact?.body_sha256, createHash('sha256').update(body).digest('hex'));
});

test('places: the path itself, everything below, names that begin so', () => {
  const capture = captureOf(['/hook', '/api/*', '/in-*', '/p%C3%A4th']);
  const covered = (path: string) => capture.covers(path.split('/').filter(Boolean));
  for (const path of ['/hook', '/api/x', '/api/x/y', '/in-1', '/in-1/deep', '/päth']) assert.ok(covered(path), path);
  for (const path of ['/', '/hook/x', '/hooks', '/api', '/in', '/x/in-1']) assert.ok(!covered(path), path);
});

for (const written of ['hook', '/hook=99', '/hook=1000', '/a*b', '/a/../b', '=200']) {
  test(`--capture ${written} is refused`, () => {
    assert.throws(
      () => captureOf([written]),
      (error: { code?: string }) => /CS_USAGE|CS_PEER_PROTOCOL/.test(error.code ?? ''),
    );
  });
}

test('what is refused with 404 or 405 is kept too, so that a test sees what went to the wrong place', async () => {
  await using stage = await web(readOnly(new MapTree({ '/a': 'x' })));
  assert.equal((await say(stage, 'POST', '/hoook', { body: 'event=paid' })).status, 405);
  assert.deepEqual([stage.requests.at(-1)?.body, stage.requests.at(-1)?.captured], ['event=paid', undefined]);
  assert.equal((await say(stage, 'GET', '/CON', { body: 'strange' })).status, 404);
  assert.equal(stage.requests.at(-1)?.body, 'strange');
  const large = await say(stage, 'PUT', '/a', { body: 'x'.repeat(2_000_000) });
  assert.equal(large.status, 405);
  assert.equal(stage.requests.at(-1)?.body, undefined);
});

test('a captured upload changes nothing, and one that is taken is not kept', async () => {
  const tree = new MapTree();
  await using stage = await web(tree, { capture: ['/hook'] });
  const sent = form([{ head: file('file', 'a'), body: 'x' }]);
  assert.equal((await say(stage, 'POST', '/hook', sent)).status, 200);
  assert.equal(tree.nodes.size, 1);
  assert.equal((await say(stage, 'PUT', '/b', { body: 'secret content' })).status, 201);
  assert.equal(stage.requests.at(-1)?.body, undefined);
});
