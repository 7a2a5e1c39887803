import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { readChecksum, readMetadata } from '../../../../src/protocols/http/upload/tus-headers.ts';
import { newUpload, parseUploadId, uploadId } from '../../../../src/protocols/http/upload/tus-upload.ts';
import { dial } from '../../shared/http/stage.ts';
import { request, type Said, say } from '../say.ts';
import { type Stage, web } from '../stage.ts';
import { MapTree } from '../tree.ts';

const TUS = { 'Tus-Resumable': '1.0.0' };
const CHUNK = { 'Content-Type': 'application/offset+octet-stream' };
const named = (name: string): string => `filename ${Buffer.from(name).toString('base64')}`;

function tus(stage: Stage, method: string, target: string, { headers = {}, ...said }: Said = {}) {
  return say(stage, method, target, { headers: { ...TUS, ...headers }, ...said });
}

async function create(stage: Stage, length: number, name = 'a.bin', more: Said = {}, target = '/') {
  const headers = { 'Upload-Length': String(length), 'Upload-Metadata': named(name), ...more.headers };
  return tus(stage, 'POST', target, { ...more, headers });
}

function patch(stage: Stage, location: string, offset: number, body: string | Buffer, headers = {}) {
  return tus(stage, 'PATCH', location, { headers: { ...CHUNK, 'Upload-Offset': String(offset), ...headers }, body });
}

test('an upload in three pieces: made, asked for, gone on with; the file is there when it is whole', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const made = await create(stage, 10);
  assert.equal(made.status, 201);
  assert.match(made.headers.location ?? '', /^\/a\.bin\?upload=[\w-]{22}\.a\.n$/);
  assert.match(made.headers['upload-expires'] ?? '', /GMT$/);
  const { location = '' } = made.headers;
  assert.equal((await patch(stage, location, 0, '0123')).headers['upload-offset'], '4');
  assert.equal(tree.text('/a.bin'), undefined);
  const asked = await tus(stage, 'HEAD', location);
  assert.deepEqual(
    [asked.status, asked.headers['upload-offset'], asked.headers['upload-length'], asked.headers['cache-control']],
    [200, '4', '10', 'no-store'],
  );
  assert.equal((await patch(stage, location, 4, '456')).status, 204);
  const last = await patch(stage, location, 7, '789');
  assert.deepEqual([last.status, last.headers['upload-offset']], [204, '10']);
  assert.equal(tree.text('/a.bin'), '0123456789');
  assert.equal((await tus(stage, 'HEAD', location)).headers['upload-offset'], '10');
  assert.deepEqual([tree.stages.size, tree.open_], [0, 0]);
});

test('creation with content, whole or in part; an empty file at once', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const whole = await create(stage, 5, 'whole', { headers: CHUNK, body: 'hello' });
  assert.deepEqual([whole.status, whole.headers['upload-offset']], [201, '5']);
  assert.equal(tree.text('/whole'), 'hello');
  const part = await create(stage, 5, 'part', { headers: CHUNK, body: 'he' });
  assert.deepEqual([part.status, part.headers['upload-offset']], [201, '2']);
  assert.equal((await patch(stage, part.headers.location!, 2, 'llo')).status, 204);
  assert.equal(tree.text('/part'), 'hello');
  assert.equal((await create(stage, 0, 'empty')).status, 201);
  assert.equal(tree.text('/empty'), '');
  assert.equal((await create(stage, 2, 'long', { headers: CHUNK, body: 'hello' })).status, 413);
  assert.equal(tree.text('/long'), undefined);
});

test('a cut upload goes on where it was cut, octet for octet', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31) % 251));
  const { location = '' } = (await create(stage, content.length)).headers;
  for (let offset = 0, round = 0; offset < content.length; round++) {
    const headers = { ...TUS, ...CHUNK, 'Upload-Offset': String(offset) };
    const octets = request('PATCH', location, { headers, body: content.subarray(offset) });
    const socket = await dial(stage);
    socket.write(round === 3 ? octets : octets.subarray(0, octets.length - content.length + offset + 50_000 + round));
    while (tree.open_ === 0 && tree.text('/a.bin') === undefined) await turn();
    if (round < 3) socket.resetAndDestroy();
    while (tree.open_ > 0) await turn();
    socket.destroy();
    offset = Number((await tus(stage, 'HEAD', location)).headers['upload-offset']);
    assert.equal(tree.text('/a.bin') !== undefined, offset === content.length);
  }
  assert.ok(tree.nodes.get('/a.bin')?.content?.equals(content));
});

test('who comes back before the server has noticed the cut goes on at once; two never write at a time', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const { location = '' } = (await create(stage, 9)).headers;
  const cut = async (from: number, to: number) => {
    const headers = { ...TUS, ...CHUNK, 'Upload-Offset': String(from), 'Content-Length': String(9 - from) };
    const socket = await dial(stage);
    socket.write(request('PATCH', location, { headers, body: 'abcdefghi'.slice(from, to) }));
    while (tree.written_ < to) await turn();
    return socket;
  };
  const first = await cut(0, 3);
  const asked = await tus(stage, 'HEAD', location);
  assert.deepEqual([asked.status, asked.headers['upload-offset']], [200, '3']);
  assert.match(String((await once(first, 'data'))[0]), /^HTTP\/1\.1 409 /);
  const second = await cut(3, 5);
  assert.equal((await patch(stage, location, 5, 'fghi')).status, 204);
  assert.equal(tree.text('/a.bin'), 'abcdefghi');
  assert.match(String((await once(second, 'data'))[0]), /^HTTP\/1\.1 409 /);
  const third = (await create(stage, 9, 'b.bin')).headers.location ?? '';
  const half = patch(stage, third, 0, 'abcdefghi');
  assert.equal((await tus(stage, 'DELETE', third)).status, (await half).status === 204 ? 404 : 204);
  assert.equal(tree.open_, 0);
});

test('a checksum that does not match: 460, the chunk is thrown away', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const { location = '' } = (await create(stage, 8)).headers;
  for (const name of ['sha1', 'sha256', 'sha512', 'md5']) {
    const wrong = { 'Upload-Checksum': `${name} ${createHash(name).update('other').digest('base64')}` };
    assert.equal((await patch(stage, location, 0, 'abcd', wrong)).status, 460, name);
  }
  assert.equal((await patch(stage, location, 0, 'abcd', { 'Upload-Checksum': 'crc32 AAAA' })).status, 400);
  assert.equal((await tus(stage, 'HEAD', location)).headers['upload-offset'], '0');
  const right = (text: string) => ({ 'Upload-Checksum': `sha1 ${createHash('sha1').update(text).digest('base64')}` });
  assert.equal((await patch(stage, location, 0, 'abcd', right('abcd'))).status, 204);
  assert.equal((await patch(stage, location, 4, 'efgh', right('efgh'))).status, 204);
  assert.equal(tree.text('/a.bin'), 'abcdefgh');
});

test('termination forgets it; what nobody began is not there; an old one is gone', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const { location = '' } = (await create(stage, 8)).headers;
  assert.equal((await tus(stage, 'DELETE', location)).status, 204);
  assert.equal((await tus(stage, 'HEAD', location)).status, 404);
  assert.equal((await patch(stage, location, 0, 'x')).status, 404);
  for (const id of ['', 'x', uploadId(newUpload(8, false)), '../../x', '__proto__']) {
    assert.equal((await tus(stage, 'HEAD', `/a.bin?upload=${encodeURIComponent(id)}`)).status, 404, id);
  }
  const old = (await create(stage, 8)).headers.location ?? '';
  for (const kept of tree.stages.values()) kept.modified -= 25 * 3_600_000;
  assert.equal((await tus(stage, 'HEAD', old)).status, 410);
  assert.deepEqual([tree.stages.size, tree.open_], [0, 0]);
});

test('nothing is overwritten unless the creation asks for it', async () => {
  const tree = new MapTree({ '/a.bin': 'old' });
  await using stage = await web(tree);
  assert.equal((await create(stage, 3)).status, 409);
  const { location = '' } = (await create(stage, 3, 'a.bin', {}, '/?overwrite=1')).headers;
  assert.equal((await patch(stage, location, 0, 'new')).status, 204);
  assert.equal(tree.text('/a.bin'), 'new');
  const late = (await create(stage, 3, 'b.bin')).headers.location ?? '';
  tree.put('/b.bin', 'first');
  assert.equal((await patch(stage, late, 0, 'new')).status, 409);
  assert.equal(tree.text('/b.bin'), 'first');
});

for (const [name, method, headers, status] of [
  ['another version', 'POST', { 'Tus-Resumable': '0.2.2', 'Upload-Length': '1' }, 412],
  ['no length', 'POST', { ...TUS, 'Upload-Metadata': named('a') }, 400],
  ['a deferred length', 'POST', { ...TUS, 'Upload-Defer-Length': '1', 'Upload-Metadata': named('a') }, 400],
  ['a length of -1', 'POST', { ...TUS, 'Upload-Length': '-1', 'Upload-Metadata': named('a') }, 400],
  ['a length over the limit', 'POST', { ...TUS, 'Upload-Length': '999999', 'Upload-Metadata': named('a') }, 413],
  ['no name', 'POST', { ...TUS, 'Upload-Length': '1' }, 400],
  ['a name upwards', 'POST', { ...TUS, 'Upload-Length': '1', 'Upload-Metadata': named('../x') }, 400],
  ['a device', 'POST', { ...TUS, 'Upload-Length': '1', 'Upload-Metadata': named('CON') }, 400],
  ['broken metadata', 'POST', { ...TUS, 'Upload-Length': '1', 'Upload-Metadata': 'filename ???' }, 400],
  ['a method that is not meant', 'POST', { ...TUS, 'X-HTTP-Method-Override': 'PUT' }, 400],
] as const) {
  test(`${method} with ${name}: ${status}`, async () => {
    const tree = new MapTree();
    await using stage = await web(tree, { maxUpload: 1000 });
    assert.equal((await say(stage, method, '/', { headers })).status, status);
    assert.deepEqual([tree.nodes.size, tree.stages.size, tree.open_], [1, 0, 0]);
  });
}

test('PATCH with another offset 409, another type 415, more than is missing 413; nothing is lost by it', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const { location = '' } = (await create(stage, 4)).headers;
  assert.equal((await patch(stage, location, 1, 'x')).status, 409);
  assert.equal((await patch(stage, location, 0, 'x', { 'Content-Type': 'text/plain' })).status, 415);
  assert.equal((await patch(stage, location, 0, 'abcde')).status, 413);
  assert.equal((await patch(stage, location, 0, 'abcd')).status, 204);
  assert.equal(tree.text('/a.bin'), 'abcd');
});

test('clients that can only POST say the method in a header', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const { location = '' } = (await create(stage, 2)).headers;
  const headers = { ...CHUNK, 'Upload-Offset': '0', 'X-HTTP-Method-Override': 'PATCH' };
  assert.equal((await tus(stage, 'POST', location, { headers, body: 'ok' })).status, 204);
  assert.equal(tree.text('/a.bin'), 'ok');
});

test('disk full in the middle: 507, and it goes on from there', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  const { location = '' } = (await create(stage, 200_000)).headers;
  tree.faults.writeAfter = { octets: 100_000, code: 'CS_DISK_FULL' };
  const content = 'x'.repeat(200_000);
  assert.equal((await patch(stage, location, 0, content)).status, 507);
  tree.faults.writeAfter = undefined;
  const offset = Number((await tus(stage, 'HEAD', location)).headers['upload-offset']);
  assert.ok(offset > 0 && offset <= 100_000);
  assert.equal((await patch(stage, location, offset, content.slice(offset))).status, 204);
  assert.equal(tree.text('/a.bin'), content);
});

test('OPTIONS tells what is spoken', async () => {
  await using stage = await web(new MapTree(), { maxUpload: 1000 });
  const { status, headers } = await say(stage, 'OPTIONS', '/');
  assert.equal(status, 204);
  assert.equal(headers['tus-version'], '1.0.0');
  assert.equal(headers['tus-extension'], 'creation,creation-with-upload,expiration,checksum,termination');
  assert.equal(headers['tus-max-size'], '1000');
});

test('HT-30 metadata keys of prototypes are plain data', () => {
  const metadata = readMetadata('__proto__ eA==,constructor eQ==,flag');
  assert.deepEqual(
    [...metadata],
    [
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['flag', ''],
    ],
  );
  for (const broken of ['a b c', 'a eA==,a eA==', ',', 'a ===']) {
    assert.throws(() => readMetadata(broken), { status: 400 }, broken);
  }
  assert.throws(() => readChecksum('__proto__ AAAA'), { status: 400 });
});

test('an id says what it is about, and nothing else is one', () => {
  for (const length of [0, 1, 35, 36, 10 * 1024 ** 3]) {
    const upload = newUpload(length, length % 2 === 0);
    assert.deepEqual(parseUploadId(uploadId(upload)), upload);
  }
  for (const id of ['', 'a.b.c', `${'a'.repeat(22)}.zzzzzzzzzzzz.n`, `${'a'.repeat(22)}.1.x`]) {
    assert.equal(parseUploadId(id), undefined);
  }
});
