import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalPath } from '../../../../src/protocols/shared/http/path.ts';
import { fc } from '../../../property.ts';
import { stage, status } from './stage.ts';

const REFUSED: readonly [string, string][] = [
  ['PA-01', '/..'],
  ['PA-01', '/../'],
  ['PA-01', '/a/../b'],
  ['PA-01', '/..%2f'],
  ['PA-01', '/%2e%2e/'],
  ['PA-01', '/%2E%2e'],
  ['PA-01', '/..%5c'],
  ['PA-01', '/..\\'],
  ['PA-01', '/%c0%ae'],
  ['PA-01', '/%2fetc/passwd'],
  ['PA-01', '/./a'],
  ['PA-01', '//..//x'],
  ['PA-04', '/a%00b'],
  ['PA-04', '/a%0d%0ab'],
  ['PA-04', `/${'a'.repeat(4097)}`],
  ['PA-04', `/${'a/'.repeat(3000)}`],
  ['PA-04', '/%ff'],
  ['PA-04', '/%ed%a0%80'],
  ['PA-04', '/%'],
  ['PA-04', '/%zz'],
];
for (const [id, target] of REFUSED) {
  test(`${id} ${JSON.stringify(target.slice(0, 40))} is 400`, () => {
    assert.throws(() => canonicalPath(target), { status: 400 });
  });
}

test('PA-01 what is decoded once is not decoded twice', () => {
  assert.deepEqual(canonicalPath('/%252e%252e%252f/x').path, ['%2e%2e%2f', 'x']);
  assert.deepEqual(canonicalPath('/..;/').path, ['..;']);
});

test('PA-01 slashes in a row are one, and the path stays inside', () => {
  assert.deepEqual(canonicalPath('//etc/passwd').path, ['etc', 'passwd']);
  assert.deepEqual(canonicalPath('/a//b///'), { path: ['a', 'b'], directory: true });
  assert.deepEqual(canonicalPath('/....//').path, ['....']);
  assert.deepEqual(canonicalPath('//'), { path: [], directory: true });
});

test('PA-01 by the wire: refused, and no route sees it', async () => {
  await using opened = await stage();
  for (const target of ['/../etc/passwd', '/..%2fetc', '/%2e%2e/', '//../etc/passwd', '/a%00']) {
    assert.equal(await status(opened, `GET ${target} HTTP/1.1\r\nHost: localhost`), 400);
  }
  assert.equal(await status(opened, 'GET file:///etc/passwd HTTP/1.1\r\nHost: localhost'), 400);
  assert.deepEqual(opened.handled, []);
});

test('PA-03 the query takes no part', async () => {
  await using opened = await stage();
  assert.equal(await status(opened, 'GET /x/?/../../etc/passwd HTTP/1.1\r\nHost: localhost'), 200);
  assert.equal(await status(opened, 'GET /y?raw?? HTTP/1.1\r\nHost: localhost'), 200);
  assert.deepEqual(opened.handled, ['GET x', 'GET y']);
});

test('a path of clean names survives, and ends in a directory or not', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !/\p{Cs}/u.test(text) && !/[/\\\u0000-\u001f\u007f]/.test(text) && text !== '.' && text !== '..');
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 10 }), fc.boolean(), (names, directory) => {
      const raw = `/${names.map(encodeURIComponent).join('/')}${directory ? '/' : ''}`;
      assert.deepEqual(canonicalPath(raw), { path: names, directory });
    }),
  );
});

test('nothing but a refusal or clean names comes out', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', '5', 'c', '\\', '0', 'a', ';') }),
      (raw) => {
        try {
          for (const one of canonicalPath(`/${raw}`).path)
            assert.ok(one !== '' && one !== '.' && one !== '..' && !/[/\\\0]/.test(one));
        } catch (error) {
          assert.ok([400, 414].includes((error as { status?: number }).status ?? 0), String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
