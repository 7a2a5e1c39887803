import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CsError } from '../../src/kit/errors.ts';
import { filePath, isFileName, isHidden, ROOT, resolvePath, showPath } from '../../src/kit/file-path.ts';
import { fc } from '../property.ts';

function refused(action: () => unknown): void {
  assert.throws(action, (error: unknown) => error instanceof CsError && error.code === 'CS_INPUT');
}

describe('names', () => {
  // PA-01: decoded once at the edge of a protocol; what then still looks like a way out is a name or refused, never a way.
  for (const text of [
    '..',
    '../',
    '../../etc/passwd',
    '/..',
    'a/../../b',
    '..\\',
    '..\\..\\x',
    '/a/../../etc/passwd',
  ]) {
    test(`PA-01 ${JSON.stringify(text)} does not leave the root`, () => refused(() => resolvePath(ROOT, text)));
  }
  for (const text of ['..%2f', '%2e%2e/', '%252e%252e%252f', '..%5c', '..;/', '/%2fetc/passwd', '//etc/passwd']) {
    test(`PA-01 ${JSON.stringify(text)} is a path below the root, letter by letter`, () => {
      const path = resolvePath(ROOT, text);
      assert.ok(path.every((name) => name !== '..' && !name.includes('/') && !name.includes('\\')));
    });
  }
  test('PA-01 an address is refused or a path below the root', () => {
    assert.deepEqual(resolvePath(ROOT, 'file:///etc/passwd'), ['file:', 'etc', 'passwd']);
    refused(() => resolvePath(ROOT, '\u00c0\u00ae\u00c0\u00ae\ufffd/x'));
  });

  for (const name of ['a\u0000b', 'a\r\nb', 'a\tb', '\u001b[2J', '\u0085', '\ud800', '\ufffd', 'a/b', 'a\\b']) {
    test(`PA-04 ${JSON.stringify(name)} is no name`, () => refused(() => filePath([name])));
  }
  test('PA-04 long names and deep paths are refused', () => {
    refused(() => filePath(['x'.repeat(4097)]));
    refused(() => filePath(['x'.repeat(256)]));
    refused(() => filePath(['ü'.repeat(128)]));
    assert.equal(filePath(['x'.repeat(255)]).length, 1);
    refused(() => resolvePath(ROOT, 'a/'.repeat(5000)));
  });

  const DEVICES = [
    'CON',
    'con',
    'NUL.txt',
    'nul',
    'aux::$DATA',
    'AUX',
    'com1',
    'LPT9.doc',
    'CONIN$',
    'COM\u00b9',
    'prn ',
  ];
  const ALIASES = [
    'file.',
    'file ',
    'C:x',
    'c:',
    '\\\\?\\C:\\x',
    'PROGRA~1',
    'LONGNA~1.TXT',
    'x::$DATA',
    'dir:$I30:$INDEX',
  ];
  for (const name of [...DEVICES, ...ALIASES]) {
    test(`PA-07 ${JSON.stringify(name)} is refused on every platform`, () => {
      refused(() => filePath([name]));
      refused(() => resolvePath(ROOT, `/dir/${name}`));
    });
  }
  test('PA-07 names that only resemble them are names', () => {
    for (const name of ['console', 'nulls.txt', 'com10', 'auxiliary', '~x', 'a.b.c', 'x~', '...x'])
      assert.ok(isFileName(name));
  });
});

describe('paths', () => {
  test('they are resolved against a directory, and shown', () => {
    const base = filePath(['a', 'b']);
    const rows: [string, string][] = [
      ['', '/a/b'],
      ['c', '/a/b/c'],
      ['../c', '/a/c'],
      ['/c', '/c'],
      ['.././../', '/'],
      ['//x///y/.', '/x/y'],
    ];
    for (const [text, shown] of rows) assert.equal(showPath(resolvePath(base, text)), shown);
    refused(() => resolvePath(base, '../../..'));
  });

  test('PA-09 dotfiles anywhere on the way are hidden, .well-known at the root is not', () => {
    for (const path of ['/.env', '/a/.git/config', '/.ssh', '/a/.well-known'])
      assert.ok(isHidden(resolvePath(ROOT, path)));
    for (const path of ['/a', '/.well-known/x', '/a.b']) assert.ok(!isHidden(resolvePath(ROOT, path)));
  });

  test('whatever the text, a path holds checked names only, and no other error comes out', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'a', 'con', '\\', '%2e%2e', '\u0000'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          const path = resolvePath(ROOT, parts.join('/'));
          assert.ok(path.every((name) => isFileName(name)));
          assert.deepEqual(resolvePath(ROOT, showPath(path)), path);
        } catch (error) {
          assert.ok(error instanceof CsError && error.code === 'CS_INPUT', String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
