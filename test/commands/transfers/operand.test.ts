import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { namesMail } from '../../../src/commands/places/open-places.ts';
import { operandScheme, parseOperand } from '../../../src/commands/places/operand.ts';
import { fails } from '../../conformance/harness.ts';

describe('operands', () => {
  test('paths, URLs and the standard streams', () => {
    assert.equal(parseOperand('-').kind, 'stdio');
    assert.equal(parseOperand('./-').kind, 'local');
    assert.equal(parseOperand('a/b').base, 'a/b');
    assert.equal(parseOperand('ftp://h/a/b').base, 'ftp://h/a/b');
    assert.equal(operandScheme('FTP+unix://%2Frun%2Fx/'), 'ftp');
    assert.equal(operandScheme('c:/x'), undefined);
  });

  test('a slash at the end is kept in mind', () => {
    for (const text of ['a/', '/a/b/', 'ftp://h/a/', 'ftp://h/a*/']) assert.ok(parseOperand(text).slash, text);
    for (const text of ['a', 'a/b', 'ftp://h/a']) assert.ok(!parseOperand(text).slash, text);
  });

  test('everything up to the first pattern is where the search begins', () => {
    const local = parseOperand('/srv/logs/2026-*/a?.gz');
    assert.deepEqual([local.base, local.patterns], ['/srv/logs', ['2026-*', 'a?.gz']]);
    assert.equal(parseOperand('*.txt').base, '.');
    assert.equal(parseOperand('/*.txt').base, '/');
    const url = parseOperand('ftp://ann@h:2121/pub/**/*.iso');
    assert.deepEqual([url.base, url.patterns], ['ftp://ann@h:2121/pub', ['**', '*.iso']]);
    assert.equal(parseOperand('ftp://[::1]:2121/a').patterns.length, 0);
  });

  test('a question mark is a pattern in a file URL and begins the query of a web one', () => {
    assert.deepEqual(parseOperand('ftp://h/a?c').patterns, ['a?c']);
    assert.deepEqual(parseOperand('http://h/a?c=[x]').patterns, []);
    assert.deepEqual(parseOperand('https://h/*.html').patterns, ['*.html']);
  });

  test('an escaped sign is no pattern, but the name may be both', () => {
    const { patterns, literals } = parseOperand('ftp://h/a%2Ab*%20c');
    assert.deepEqual([patterns, literals], [['a\\*b* c'], ['a*b* c']]);
  });

  test('mail and files are told apart before anything is connected', () => {
    for (const text of ['pop3://h/', 'cs://dev/mail/1', 'cs://dev/', 'cs://dev']) assert.ok(namesMail(text), text);
    for (const text of ['http://h/', 'cs://dev/files', 'cs://dev/files/a', './cs', 'x'])
      assert.ok(!namesMail(text), text);
  });

  test('CL-07 a broken escape is refused', async () => {
    await fails('CS_INPUT', () => parseOperand('ftp://h/*%0d%0aDELE x'));
    await fails('CS_INPUT', () => parseOperand('ftp://h/*%zz'));
    await fails('CS_USAGE', () => parseOperand(''));
  });
});
