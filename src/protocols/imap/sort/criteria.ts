/** The order of SORT (RFC 5256 section 3, RFC 5957). */
import type { Cursor } from '../syntax/cursor.ts';
import { compareTexts } from './collation.ts';
import type { SortFacts } from './facts.ts';

export type Compare = (a: SortFacts, b: SortFacts) => number;

const words = (of: (facts: SortFacts) => string): Compare => {
  return (a, b) => compareTexts(of(a), of(b));
};

const KEYS: Readonly<Record<string, Compare>> = {
  ARRIVAL: (a, b) => a.arrival - b.arrival,
  CC: words(({ cc }) => cc),
  DATE: (a, b) => a.date - b.date,
  DISPLAYFROM: words(({ displayFrom }) => displayFrom),
  DISPLAYTO: words(({ displayTo }) => displayTo),
  FROM: words(({ from }) => from),
  SIZE: (a, b) => a.size - b.size,
  SUBJECT: words(({ subject }) => subject.text),
  TO: words(({ to }) => to),
};

/** `(REVERSE DATE SUBJECT)`. What is alike in all of them stays in the order of the mailbox. */
export function readCriteria(cursor: Cursor): Compare {
  const compares = cursor.list((): Compare => {
    const word = cursor.word('a sort key');
    const reverse = word === 'REVERSE';
    if (reverse) cursor.space();
    const compare = KEYS[reverse ? cursor.word('a sort key') : word];
    if (!compare) throw cursor.fault('a sort key');
    return reverse ? (a, b) => compare(b, a) : compare;
  });
  if (compares.length === 0) throw cursor.fault('a sort key');
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return a.index - b.index;
  };
}
