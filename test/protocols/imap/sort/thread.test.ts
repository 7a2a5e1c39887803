import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseSubject } from '../../../../src/protocols/imap/sort/base-subject.ts';
import type { SortFacts } from '../../../../src/protocols/imap/sort/facts.ts';
import { formatThreads, orderedSubject, references } from '../../../../src/protocols/imap/sort/thread.ts';
import { fc } from '../../../property.ts';

function message(index: number, id: string, before: readonly string[], subject = ''): SortFacts {
  const nobody = { from: '', to: '', cc: '', displayFrom: '', displayTo: '' };
  const base = baseSubject(subject);
  return { ...nobody, index, arrival: 0, date: index, size: 0, subject: base, messageId: id, references: before };
}

const shown = (messages: readonly SortFacts[]) => formatThreads(references(messages), ({ index }) => index);

test('the base subject, as RFC 5256 section 2.1 takes it', () => {
  for (const [subject, text, reply] of [
    ['Re: one', 'one', true],
    ['RE : [x] Fwd[y]: one', 'one', true],
    ['[list] [more] one', 'one', false],
    ['[list]', '[list]', false],
    ['[Fwd: Re: one (fwd) ]', 'one', true],
    ['one  (FWD) (fwd)', 'one', true],
    ['re', 're', false],
    ['', '', false],
  ] as const) {
    assert.deepEqual(baseSubject(subject), { text: text.toUpperCase(), reply }, subject);
  }
});

test('a message that is not here is told by those that answer it', () => {
  assert.equal(shown([message(1, 'b', ['a']), message(2, 'c', ['a']), message(3, 'd', ['a', 'b'])]), '((1 3)(2))');
  assert.equal(shown([message(1, 'b', ['a'])]), '(1)');
  assert.equal(shown([message(1, 'a', ['b']), message(2, 'b', ['a'])]), '(2 1)');
  assert.equal(shown([message(1, 'a', []), message(2, 'a', [])]), '(1)(2)');
  assert.equal(shown([message(1, 'a', [], 'Re: x'), message(2, 'b', [], 'Re: x')]), '((1)(2))');
});

test('a thread of 50,000 messages is a thread', () => {
  const chain = Array.from({ length: 50_000 }, (_, at) => message(at + 1, `${at}`, at === 0 ? [] : [`${at - 1}`]));
  assert.match(shown(chain), /^\(1 2 3 .* 49999 50000\)$/);
  assert.match(shown([...chain].reverse()), /^\(1 2 3 .* 49999 50000\)$/);
});

test('every message is in exactly one thread, whatever they refer to', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '');
  const one = fc.tuple(
    ids,
    fc.array(
      ids.filter((id) => id !== ''),
      { maxLength: 4 },
    ),
    fc.constantFrom('', 'x', 'Re: x', 'y'),
  );
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (all) => {
      const messages = all.map(([id, before, subject], at) => message(at + 1, id, before, subject));
      for (const algorithm of [references, orderedSubject]) {
        const numbers = formatThreads(algorithm(messages), ({ index }) => index).match(/\d+/g) ?? [];
        assert.deepEqual(
          numbers.map(Number).sort((a, b) => a - b),
          messages.map(({ index }) => index),
        );
      }
    }),
  );
});
