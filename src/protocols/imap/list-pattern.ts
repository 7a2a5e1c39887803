/** Patterns of LIST (RFC 9051 section 6.3.9): `*` is anything, `%` anything but the separator. */
import { CsError } from '../../kit/errors.ts';
import { canonicalName } from './syntax/mailbox-name.ts';

/** Wildcards of one pattern: what a match may cost grows with them and with nothing else. */
const WILDCARDS = 20;
const LONGEST = 1000;

export type Matches = (name: string) => boolean;

/** Throws `CS_LIMIT`. */
export function listPattern(text: string): Matches {
  const pattern = canonicalName(text.replace(/[*%]*\*[*%]*/g, '*').replace(/%+/g, '%'));
  if (pattern === '*') return () => true;
  if (pattern === '%') return (name) => !name.includes('/');
  const wildcards = pattern.match(/[*%]/g)?.length ?? 0;
  if (wildcards === 0) return (name) => name === pattern;
  if (wildcards > WILDCARDS || pattern.length > LONGEST) {
    throw new CsError('CS_LIMIT', `a pattern has at most ${WILDCARDS} wildcards`);
  }
  // INBOX is caseless, whatever of it a pattern writes out.
  const inbox = pattern.toUpperCase();
  return (name) => matches(pattern, name) || (name === 'INBOX' && matches(inbox, name));
}

/** All places of the pattern that the name so far may have led to, moved on by one character at a time. */
function matches(pattern: string, name: string): boolean {
  const seen = new Uint32Array(pattern.length + 1);
  let places: number[] = [];
  const reach = (into: number[], from: number, turn: number): void => {
    // A wildcard may stand for nothing.
    for (let at = from; seen[at] !== turn; at++) {
      seen[at] = turn;
      into.push(at);
      if (pattern[at] !== '*' && pattern[at] !== '%') return;
    }
  };
  reach(places, 0, 1);
  for (let at = 0; at < name.length && places.length > 0; at++) {
    const next: number[] = [];
    for (const place of places) {
      const sign = pattern[place];
      if (sign === '*' || (sign === '%' && name[at] !== '/')) reach(next, place, at + 2);
      else if (sign !== '%' && sign === name[at]) reach(next, place + 1, at + 2);
    }
    places = next;
  }
  return places.includes(pattern.length);
}
