import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { dial, untilEnd } from '../../shared/http/stage.ts';
import { request, say } from '../say.ts';
import { parse, web } from '../stage.ts';
import { MapTree, readOnly } from '../tree.ts';

/** Until the server has noticed what happened to its connection. */
async function quiet(tree: MapTree): Promise<void> {
  while (tree.open_ > 0) await turn();
}

test('PUT makes a file, then replaces it: 201, 204, each with the ETag that GET gives', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const made = await say(stage, 'PUT', '/a.txt', { body: 'one' });
  assert.equal(made.status, 201);
  assert.equal(tree.text('/a.txt'), 'one');
  assert.equal((await say(stage, 'GET', '/a.txt')).headers.etag, made.headers.etag);
  const replaced = await say(stage, 'PUT', '/a.txt', { body: 'second' });
  assert.equal(replaced.status, 204);
  assert.equal(tree.text('/a.txt'), 'second');
  assert.notEqual(replaced.headers.etag, made.headers.etag);
  assert.equal((await say(stage, 'PUT', '/empty', { body: '' })).status, 201);
  const chunked = { headers: { 'Transfer-Encoding': 'chunked' }, body: '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n' };
  assert.equal((await say(stage, 'PUT', '/chunked', chunked)).status, 201);
  assert.equal(tree.text('/chunked'), 'abcde');
  assert.equal(tree.open_, 0);
});

test('directories on the way are made; what stands in the way is 409', async () => {
  const tree = new MapTree({ '/file': 'x', '/dir': null });
  await using stage = await web(tree);
  assert.equal((await say(stage, 'PUT', '/a/b/c.txt', { body: 'deep' })).status, 201);
  assert.equal(tree.text('/a/b/c.txt'), 'deep');
  for (const target of ['/file/x', '/dir', '/dir/', '/', '/new/']) {
    assert.equal((await say(stage, 'PUT', target, { body: 'x' })).status, 409, target);
  }
  assert.equal(tree.text('/file'), 'x');
});

const CONDITIONS: readonly [string, string, Record<string, string>, number][] = [
  ['If-None-Match: * of a new file', '/new', { 'If-None-Match': '*' }, 201],
  ['If-None-Match: * of a file that is there', '/a', { 'If-None-Match': '*' }, 412],
  ['If-Match: * of a file that is there', '/a', { 'If-Match': '*' }, 204],
  ['If-Match: * of a new file', '/new', { 'If-Match': '*' }, 412],
  ['If-Match of its tag', '/a', { 'If-Match': '"ETAG"' }, 204],
  ['If-Match of a list that holds its tag', '/a', { 'If-Match': '"x", "ETAG"' }, 204],
  ['If-Match of another tag', '/a', { 'If-Match': '"x"' }, 412],
  ['If-Match of a weak tag', '/a', { 'If-Match': 'W/"ETAG"' }, 412],
  ['If-None-Match of its tag', '/a', { 'If-None-Match': '"ETAG"' }, 412],
  ['If-None-Match of another tag', '/a', { 'If-None-Match': '"x"' }, 204],
  ['If-Unmodified-Since before it', '/a', { 'If-Unmodified-Since': 'Thu, 01 Jan 2015 00:00:00 GMT' }, 412],
  ['If-Unmodified-Since after it', '/a', { 'If-Unmodified-Since': 'Fri, 01 Jan 2027 00:00:00 GMT' }, 204],
  ['Content-Range', '/a', { 'Content-Range': 'bytes 0-2/10' }, 400],
  ['a coding', '/a', { 'Content-Encoding': 'gzip' }, 415],
];
for (const [name, target, headers, status] of CONDITIONS) {
  test(`PUT with ${name}: ${status}`, async () => {
    const tree = new MapTree({ '/a': 'before' });
    await using stage = await web(tree);
    const etag = (await say(stage, 'GET', '/a')).headers.etag!.slice(1, -1);
    const filled = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, value.replace('ETAG', etag)]),
    );
    const answer = await say(stage, 'PUT', target, { headers: filled, body: 'after' });
    assert.equal(answer.status, status);
    assert.equal(tree.text(target), status < 300 ? 'after' : target === '/a' ? 'before' : undefined);
    assert.equal(tree.open_, 0);
  });
}

test('38 100 PUTs with If-None-Match: * of one name: one 201, 99 times 412, the file is one of them', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, at) =>
      say(stage, 'PUT', '/one', { headers: { 'If-None-Match': '*' }, body: `${at}`.repeat(5000) }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(
    [statuses.filter((one) => one === 201).length, statuses.filter((one) => one === 412).length],
    [1, 99],
  );
  assert.equal(tree.text('/one'), `${statuses.indexOf(201)}`.repeat(5000));
});

test('two writers of one name: one whole file', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const bodies = ['a', 'b'].map((letter) => letter.repeat(500_000));
  const answers = await Promise.all(bodies.map((body) => say(stage, 'PUT', '/x', { body })));
  for (const { status } of answers) assert.ok(status === 201 || status === 204);
  assert.ok(bodies.includes(tree.text('/x') ?? ''));
});

test('a cut PUT leaves what was there, and nothing else', async () => {
  const tree = new MapTree({ '/a': 'before' });
  await using stage = await web(tree);
  const whole = request('PUT', '/a', { body: 'x'.repeat(200_000) });
  for (const octets of [whole.length - 1, 100_000, whole.indexOf('\r\n\r\n') + 5]) {
    for (const reset of [true, false]) {
      const socket = await dial(stage);
      socket.write(whole.subarray(0, octets));
      while (tree.open_ === 0) await turn();
      if (reset) socket.resetAndDestroy();
      else socket.end();
      await quiet(tree);
      socket.destroy();
      assert.equal(tree.text('/a'), 'before');
      assert.equal(tree.stages.size, 0);
    }
  }
});

for (const [name, faults, status] of [
  ['disk full while it is written', { writeAfter: { octets: 70_000, code: 'CS_DISK_FULL' } }, 507],
  ['quota', { writeAfter: { octets: 0, code: 'CS_QUOTA' } }, 507],
  ['disk full at the end', { commit: 'CS_DISK_FULL' }, 507],
  ['no right', { commit: 'CS_DENIED' }, 403],
  ['locked', { commit: 'CS_LOCKED' }, 423],
  ['changed meanwhile', { commit: 'CS_CHANGED' }, 412],
] as const) {
  test(`${name}: ${status}, what was there stays`, async () => {
    const tree = new MapTree({ '/a': 'before' });
    Object.assign(tree.faults, faults);
    await using stage = await web(tree);
    assert.equal((await say(stage, 'PUT', '/a', { body: 'x'.repeat(200_000) })).status, status);
    assert.equal(tree.text('/a'), 'before');
    Object.assign(tree.faults, { writeAfter: undefined, commit: undefined });
    assert.equal((await say(stage, 'PUT', '/a', { body: 'after' })).status, 204);
  });
}

test('too long: 413 before a byte of it, and at the limit where no length is announced', async () => {
  const tree = new MapTree();
  await using stage = await web(tree, { maxUpload: 1000 });
  assert.equal((await say(stage, 'PUT', '/a', { headers: { 'Content-Length': '1001' } })).status, 413);
  const body = `${'3e8\r\n'}${'x'.repeat(1000)}\r\n1\r\nx\r\n0\r\n\r\n`;
  assert.equal((await say(stage, 'PUT', '/a', { headers: { 'Transfer-Encoding': 'chunked' }, body })).status, 413);
  assert.equal(tree.nodes.size, 1);
  assert.equal((await say(stage, 'PUT', '/a', { body: 'x'.repeat(1000) })).status, 201);
});

test('100 Continue comes only when the content is wanted', async () => {
  const tree = new MapTree({ '/a': 'before' });
  await using stage = await web(tree);
  const headers = { Expect: '100-continue', 'Content-Length': '5' };
  assert.equal((await say(stage, 'PUT', '/a', { headers: { ...headers, 'If-None-Match': '*' } })).status, 412);
  const socket = await dial(stage);
  socket.write(request('PUT', '/a', { headers }));
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  const end = untilEnd(socket);
  socket.write('after');
  assert.equal(parse(await end).status, 204);
  socket.destroy();
  assert.equal(tree.text('/a'), 'after');
});

test('a tree that cannot be written to: 405, and Allow says what can be done', async () => {
  const tree = new MapTree({ '/a': 'x' });
  await using stage = await web(readOnly(tree));
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
    const answer = await say(stage, method, '/a', { body: 'y' });
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD, OPTIONS'], method);
  }
  assert.equal((await say(stage, 'OPTIONS', '/a')).headers['tus-version'], undefined);
  await using open = await web(tree);
  assert.equal((await say(open, 'OPTIONS', '/a')).headers.allow, 'GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS');
});

for (const target of [
  '/..%2fx',
  '/%2e%2e/x',
  '/a%00b',
  '/a%5cb',
  '/CON',
  '/NUL.txt',
  '/C:x',
  '/x::$DATA',
  '/dot.',
  '/a%0d%0ab',
]) {
  test(`PUT ${target} is refused, nothing is made`, async () => {
    const tree = new MapTree();
    await using stage = await web(tree);
    const { status } = await say(stage, 'PUT', target, { body: 'x' });
    assert.ok(status === 400 || status === 404, `${status}`);
    assert.equal(tree.nodes.size, 1);
  });
}

test('HT-23 PUT and DELETE from pages of others: 403', async () => {
  const tree = new MapTree({ '/a': 'x' });
  await using stage = await web(tree);
  const foreign: Record<string, string>[] = [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
  ];
  for (const headers of foreign) {
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      const answer = await say(stage, method, '/a', { headers, body: 'y' });
      assert.equal(answer.status, 403, `${method} ${JSON.stringify(headers)}`);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  }
  assert.equal(tree.text('/a'), 'x');
});

test('DELETE: a file, an empty directory, conditions; never what holds something, nor the root', async () => {
  const tree = new MapTree({ '/a': 'x', '/dir/b': 'y', '/none': null });
  await using stage = await web(tree);
  const remove = async (target: string, headers = {}) => (await say(stage, 'DELETE', target, { headers })).status;
  assert.equal(await remove('/a', { 'If-Match': '"other"' }), 412);
  assert.equal(await remove('/a/'), 404);
  assert.equal(await remove('/a'), 204);
  assert.equal(await remove('/a'), 404);
  assert.equal(await remove('/dir/'), 409);
  assert.equal(await remove('/none/'), 204);
  assert.equal(await remove('/'), 404);
  assert.equal(tree.text('/dir/b'), 'y');
});

test('what was acknowledged is what the next GET gives, however long files in memory are trusted', async () => {
  const tree = new MapTree({ '/a.txt': 'one' });
  const peek = tree as MapTree & { peek?: (path: readonly string[]) => unknown };
  peek.peek = (path) => tree.nodes.get(`/${path.join('/')}`) && tree.factsNow(`/${path.join('/')}`);
  await using stage = await web(tree, { recheck: 3_600_000 });
  for (const body of ['two', 'three', 'four!']) {
    await say(stage, 'GET', '/a.txt');
    assert.equal((await say(stage, 'PUT', '/a.txt', { body })).status, 204);
    assert.equal((await say(stage, 'GET', '/a.txt')).body, body);
  }
});
