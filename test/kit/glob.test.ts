import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { escapeGlob, isPattern, nameGlob } from '../../src/kit/glob.ts';
import { pathGlob } from '../../src/kit/path-glob.ts';
import { fails } from '../conformance/harness.ts';
import { fc } from '../property.ts';

const NAMES: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  ['a.txt', ['a.txt'], ['b.txt', 'a.txt.', '']],
  ['*', ['a', 'a.b', ''], []],
  ['*.txt', ['.txt', 'a.txt', 'a.txt.txt'], ['a.txt~', 'txt']],
  ['a*b*c', ['abc', 'aXbYbZc', 'abbc'], ['ab', 'acb', 'bc']],
  ['?', ['a', '😀', 'ä'], ['', 'ab']],
  ['[a-c]x', ['ax', 'cx'], ['dx', 'x', '-x']],
  ['[!a-c]', ['d', '-'], ['a', 'b', '']],
  ['[]]', [']'], ['[', 'a']],
  ['[a-]', ['a', '-'], ['b']],
  ['[\\]a]', [']', 'a'], ['\\']],
  ['\\*', ['*'], ['a', '\\*']],
  ['**.js', ['a.js'], ['a.ts']],
];

const REGULAR = new Map([
  ['*', '.*'],
  ['?', '.'],
  ['[!a]', '[^a]'],
]);

describe('patterns of names', () => {
  for (const [pattern, yes, no] of NAMES) {
    test(pattern, () => {
      const glob = nameGlob(pattern);
      for (const name of yes) assert.ok(glob.matches(name), `${pattern} takes ${name}`);
      for (const name of no) assert.ok(!glob.matches(name), `${pattern} refuses ${name}`);
    });
  }

  test('a [ that is never closed, and an endless pattern, are refused', async () => {
    await fails('CS_USAGE', () => nameGlob('[a-z'));
    await fails('CS_USAGE', () => nameGlob('*a'.repeat(1000)));
  });

  test('an escaped name is the pattern of that name and of no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, other) => {
        const glob = nameGlob(escapeGlob(name));
        assert.equal(glob.literal, name);
        assert.ok(glob.matches(name));
        assert.equal(glob.matches(other), other === name);
      }),
    );
  });

  test('the same as a regular expression says, for every short pattern', () => {
    const sign = fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 8 }), fc.stringMatching(/^[abc]{0,8}$/), (parts, name) => {
        const source = parts.map((part) => REGULAR.get(part) ?? part).join('');
        assert.equal(nameGlob(parts.join('')).matches(name), new RegExp(`^${source}$`, 's').test(name));
      }),
      { numRuns: 2000 },
    );
  });

  test('steps grow with name times pattern, whatever stands in them', () => {
    const glob = nameGlob(`${'*a'.repeat(200)}b`);
    assert.equal(glob.matches('a'.repeat(100_000)), false);
  });

  test('what is a pattern', () => {
    assert.ok(['*', 'a?', '[', '\\'].every(isPattern));
    assert.ok(!['a', '', '{a,b}', 'ä]'].some(isPattern));
  });
});

describe('patterns of paths', () => {
  const matches = (pattern: string, path: string, dots = false): boolean =>
    pathGlob(pattern.split('/'), { dots }).matches(path.split('/'));

  test('** takes any number of names', () => {
    for (const path of ['x.js', 'a/x.js', 'a/b/c/x.js']) assert.ok(matches('**/*.js', path), path);
    for (const path of ['a', 'a/b', 'a/b/c']) assert.ok(matches('a/**', path), path);
    assert.ok(matches('a/**/b/**/c', 'a/x/b/y/b/z/c'));
    assert.ok(!matches('a/**/b', 'a/x/c'));
    assert.ok(!matches('*/x.js', 'x.js'));
  });

  test('names that begin with a dot are meant only where the pattern says so', () => {
    assert.ok(!matches('*', '.env'));
    assert.ok(!matches('**', '.git/config'));
    assert.ok(matches('.*', '.env'));
    assert.ok(matches('*', '.env', true));
    assert.ok(matches('**/config', '.git/config', true));
  });

  test('a walk knows when to stop, and the one name that can come next', () => {
    const glob = pathGlob(['src', '*', 'index.ts'], { dots: false });
    assert.equal(glob.only(glob.start), 'src');
    assert.equal(glob.step(glob.start, 'test').size, 0);
    const inside = glob.step(glob.start, 'src');
    assert.equal(glob.only(inside), undefined);
    assert.equal(glob.only(glob.step(inside, 'a')), 'index.ts');
  });
});
