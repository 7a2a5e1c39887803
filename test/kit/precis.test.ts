import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiDomain, prepareName, preparePassword, saslPrep } from '../../src/kit/precis.ts';
import { fc } from '../property.ts';

test('names: widths, case and composition are one; what nobody sees is refused', () => {
  const rows: [string, string | undefined][] = [
    ['Ann', 'ann'],
    ['\uff21\uff4e\uff4e', 'ann'],
    ['ZO\u00cb', 'zo\u00eb'],
    ['zoe\u0308', 'zo\u00eb'],
    ['ann lee', 'ann lee'],
    ['ann  lee', undefined],
    [' ann', undefined],
    ['a\u00a0b', undefined],
    ['a\u3000b', undefined],
    ['a\u200db', undefined],
    ['a\u202eb', undefined],
    ['a\u{e0041}b', undefined],
    ['a\udc00', undefined],
    ['a\ufdd0', undefined],
    ['a\u{1ffff}', undefined],
    ['__proto__', '__proto__'],
    ['\u{1f600}', '\u{1f600}'],
    ['Bob@M\u00dcNCHEN.test', 'bob@xn--mnchen-3ya.test'],
    ['a'.repeat(255), 'a'.repeat(255)],
    ['a'.repeat(256), undefined],
    ['\u00eb'.repeat(128), undefined],
  ];
  for (const [text, name] of rows) assert.equal(prepareName(text), name, JSON.stringify(text));
});

test('passwords: composition and spaces are one, case and width are not', () => {
  const rows: [string, string | undefined][] = [
    ['Correct Horse', 'Correct Horse'],
    ['e\u0301', '\u00e9'],
    ['a\u00a0b\u3000c', 'a b c'],
    ['\uff21', '\uff21'],
    [' x ', ' x '],
    ['', undefined],
    ['a\u0000', undefined],
    ['a\u007f', undefined],
  ];
  for (const [text, password] of rows) assert.equal(preparePassword(text), password, JSON.stringify(text));
});

test('the examples of RFC 4013 section 3', () => {
  const rows: [string, string | undefined][] = [
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['\u0007', undefined],
  ];
  for (const [text, prepared] of rows) assert.equal(saslPrep(text), prepared, JSON.stringify(text));
});

test('domains: one spelling for each, numbers stay names', () => {
  const rows: [string, string | undefined][] = [
    ['X.Test', 'x.test'],
    ['1.2', '1.2'],
    ['0x7f.1', '0x7f.1'],
    ['B\u00dccher.test', 'xn--bcher-kva.test'],
    ['bu\u0308cher.TEST', 'xn--bcher-kva.test'],
    ['\u00eb x', undefined],
    ['\u00eb/x', undefined],
    ['\u00eb:1', undefined],
    ['\u00eb@x', undefined],
    ['\u00eb%41', undefined],
  ];
  for (const [text, domain] of rows) assert.equal(asciiDomain(text), domain, text);
});

test('what is prepared stays as it is when it is prepared again', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 12 }));
  fc.assert(
    fc.property(text, fc.boolean(), (one, address) => {
      const word = address ? `a@${one}` : one;
      for (const prepare of [prepareName, preparePassword, saslPrep]) {
        const once = prepare(word);
        if (once !== undefined) assert.equal(prepare(once), once, `${prepare.name} ${JSON.stringify(word)}`);
      }
    }),
    { numRuns: 10_000 },
  );
});
