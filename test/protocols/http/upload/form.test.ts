import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { readForm } from '../../../../src/protocols/http/upload/form-reader.ts';
import { fc } from '../../../property.ts';
import { dial } from '../../shared/http/stage.ts';
import { file, form, request, say } from '../say.ts';
import { web } from '../stage.ts';
import { MapTree } from '../tree.ts';

async function* pieces(octets: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

async function read(octets: string | Buffer, size = 1 << 20, type = 'multipart/form-data; boundary=X') {
  const found: [string, string, string?][] = [];
  for await (const part of readForm(type, pieces(Buffer.from(octets), size))) {
    if (part.kind === 'field') found.push([part.name, part.value]);
    else {
      const chunks: Uint8Array[] = [];
      for await (const chunk of part.content) chunks.push(Buffer.from(chunk));
      found.push([part.name, part.filename, Buffer.concat(chunks).toString()]);
    }
  }
  return found;
}

const WHOLE = form([
  { head: 'Content-Disposition: form-data; name="note"', body: 'hello' },
  { head: file('file', 'a.txt'), body: 'one\r\n--\r\n-X\r\n--Y\r\ntwo' },
  { head: file('file', 'empty'), body: '' },
]).body;

test('parts come as they were sent, however they are cut', async () => {
  const expected = [
    ['note', 'hello'],
    ['file', 'a.txt', 'one\r\n--\r\n-X\r\n--Y\r\ntwo'],
    ['file', 'empty', ''],
  ];
  for (const size of [1, 2, 3, 7, 64, 1 << 20]) assert.deepEqual(await read(WHOLE, size), expected, `${size}`);
  assert.deepEqual(await read(`a preamble\r\n${WHOLE}an epilogue`), expected);
  assert.deepEqual(await read(WHOLE, 9, 'multipart/form-data; charset=utf-8; boundary="X"'), expected);
});

test('any content comes back, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('\r', '\n', '-', '--X', '\r\n--', 'X', 'a'), { maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      async (letters, size) => {
        const body = letters.join('');
        fc.pre(!`\r\n${body}\r\n--X`.slice(0, -4).includes('\r\n--X'));
        assert.deepEqual(await read(form([{ head: file('f', 'n'), body }]).body, size), [['f', 'n', body]]);
      },
    ),
  );
});

for (const [name, octets, status] of [
  ['nothing at all', '', 400],
  ['no end', WHOLE.subarray(0, -5), 400],
  ['another boundary', '--Y\r\n\r\n--Y--', 400],
  ['a header that is none', '--X\r\nfoo\r\n\r\n\r\n--X--', 400],
  ['a folded header', '--X\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\n\r\n--X--', 400],
  ['no disposition', '--X\r\n\r\nx\r\n--X--', 400],
  ['another disposition', '--X\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--X--', 400],
  ['no name', '--X\r\nContent-Disposition: form-data; filename="a"\r\n\r\nx\r\n--X--', 400],
  ['a name twice', '--X\r\nContent-Disposition: form-data; name="a"; name="b"\r\n\r\nx\r\n--X--', 400],
  ['base64', `--X\r\n${file('f', 'a')}\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--X--`, 400],
  ['a name that is not UTF-8', Buffer.from(`--X\r\n${file('f', '\xff')}\r\n\r\nx\r\n--X--`, 'latin1'), 400],
  ['1 MB of header', `--X\r\nX-Long: ${'a'.repeat(1 << 20)}\r\n\r\nx\r\n--X--`, 413],
  ['a header without end', `--X\r\n${'X: y\r\n'.repeat(200_000)}`, 413],
  ['10,000 parts', `${`--X\r\n${file('f', 'a')}\r\n\r\nx\r\n`.repeat(10_000)}--X--`, 413],
  ['a long field', `--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(70_000)}\r\n--X--`, 413],
] as const) {
  test(`a form with ${name}: ${status}`, async () => {
    await assert.rejects(read(octets), { status });
  });
}

test('names of files as browsers and curl write them', async () => {
  for (const [written, name] of [
    ['%22quoted%22.txt', '"quoted".txt'],
    ['\\"quoted\\".txt', '"quoted".txt'],
    ['C:\\fakepath\\a.txt', 'C:\\fakepath\\a.txt'],
    ['Übergröße.txt', 'Übergröße.txt'],
    ['a;b=c.txt', 'a;b=c.txt'],
    ['50%25.txt', '50%25.txt'],
  ]) {
    assert.equal((await read(`--X\r\n${file('f', written!)}\r\n\r\nx\r\n--X--`))[0]?.[1], name);
  }
});

test('a form to a directory: its files are there, browsers go back to it, scripts are told', async () => {
  const tree = new MapTree({ '/in/old.txt': 'old' });
  await using stage = await web(tree);
  const parts = [
    { head: file('file', 'a.txt'), body: 'aaa' },
    { head: file('other', 'b.txt'), body: 'b'.repeat(200_000) },
    { head: file('file', ''), body: '' },
  ];
  const told = await say(stage, 'POST', '/in/', form(parts));
  assert.equal(told.status, 201);
  const { files } = JSON.parse(told.body) as { files: { path: string; size: number }[] };
  assert.deepEqual(
    files.map(({ path, size }) => [path, size]),
    [
      ['/in/a.txt', 3],
      ['/in/b.txt', 200_000],
    ],
  );
  assert.equal(tree.text('/in/b.txt'), 'b'.repeat(200_000));
  const page = form([{ head: file('file', 'c.txt'), body: 'c' }]);
  const back = await say(stage, 'POST', '/in/', { ...page, headers: { ...page.headers, Accept: 'text/html' } });
  assert.deepEqual([back.status, back.headers.location], [303, '/in/']);
});

test('a form overwrites only where it says so, before the file', async () => {
  const tree = new MapTree({ '/a.txt': 'old' });
  await using stage = await web(tree);
  const overwrite = { head: 'Content-Disposition: form-data; name="overwrite"', body: '1' };
  const mine = { head: file('file', 'a.txt'), body: 'new' };
  assert.equal((await say(stage, 'POST', '/', form([mine]))).status, 409);
  assert.equal((await say(stage, 'POST', '/', form([mine, overwrite]))).status, 409);
  assert.equal(tree.text('/a.txt'), 'old');
  assert.equal((await say(stage, 'POST', '/', form([overwrite, mine]))).status, 201);
  assert.equal(tree.text('/a.txt'), 'new');
  const again = form([{ ...mine, body: 'newer' }]);
  assert.equal((await say(stage, 'POST', '/?overwrite=1', again)).status, 201);
  assert.equal(tree.text('/a.txt'), 'newer');
});

test('names that lead elsewhere are flattened inside or refused; nothing of the form is kept then', async () => {
  const tree = new MapTree({ '/in/x': null, '/in/dir/y': 'z' });
  await using stage = await web(tree);
  for (const [filename, status, path] of [
    ['../../up.txt', 201, '/in/up.txt'],
    ['/etc/passwd', 201, '/in/passwd'],
    ['C:\\Users\\me\\w.txt', 201, '/in/w.txt'],
    ['..', 400],
    ['a/..', 400],
    ['a\0b', 400],
    ['CON', 400],
    ['nul.txt', 400],
    ['x::$DATA', 400],
    ['a%0d%0ab', 400],
    ['dir', 409],
  ] as const) {
    const before = tree.nodes.size;
    const first = { head: file('file', `first-${before}`), body: 'x' };
    const answer = await say(stage, 'POST', '/in/', form([first, { head: file('file', filename), body: 'x' }]));
    assert.equal(answer.status, status, filename);
    if (path !== undefined) assert.equal(tree.text(path), 'x');
    assert.equal(tree.nodes.size, before + (status === 201 ? 2 : 0), filename);
    assert.equal(tree.open_, 0);
  }
});

test('HT-30 fields and files called __proto__, constructor, toString are plain data', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const field = { head: `Content-Disposition: form-data; name="${name}"`, body: 'x' };
    const answer = await say(stage, 'POST', '/', form([field, { head: file(name, name), body: name }]));
    assert.equal(answer.status, 201);
    assert.equal(tree.text(`/${name}`), name);
    assert.equal((await say(stage, 'GET', `/${name}`)).body, name);
  }
});

test('a form that is cut, too long, or meets a full disk leaves nothing', async () => {
  const tree = new MapTree();
  await using stage = await web(tree, { maxUpload: 300_000 });
  const parts = [
    { head: file('file', 'a'), body: 'a'.repeat(1000) },
    { head: file('file', 'b'), body: 'b'.repeat(250_000) },
  ];
  const whole = request('POST', '/', form(parts));
  for (const octets of [whole.length - 3, 100_000]) {
    const socket = await dial(stage);
    socket.write(whole.subarray(0, octets));
    while (tree.open_ < 2) await turn();
    socket.resetAndDestroy();
    while (tree.open_ > 0) await turn();
    assert.equal(tree.nodes.size, 1);
  }
  assert.equal((await say(stage, 'POST', '/', form([...parts, ...parts]))).status, 413);
  tree.faults.writeAfter = { octets: 200_000, code: 'CS_DISK_FULL' };
  assert.equal((await say(stage, 'POST', '/', form(parts))).status, 507);
  assert.deepEqual([tree.nodes.size, tree.open_], [1, 0]);
});

test('only directories take forms, and only forms that hold a file', async () => {
  const tree = new MapTree({ '/a': 'x' });
  await using stage = await web(tree);
  const one = form([{ head: file('file', 'b'), body: 'x' }]);
  assert.equal((await say(stage, 'POST', '/a', one)).status, 409);
  assert.equal((await say(stage, 'POST', '/none/', one)).status, 409);
  assert.equal((await say(stage, 'POST', '/', form([]))).status, 400);
  assert.equal((await say(stage, 'POST', '/', { body: 'a=b' })).status, 415);
});
