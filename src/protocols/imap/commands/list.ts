import { type Answer, ok } from '../answer.ts';
import { type ListWish, tellList } from '../listing.ts';
import { readStatusItems } from '../mailbox-status.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { decodeMailbox } from '../syntax/mailbox-name.ts';

const PATTERNS = 20;

export const list: Answer = async (session, { cursor }) => {
  cursor.space();
  const only = cursor.peek === '(' ? readSelection(cursor) : undefined;
  const reference = readPattern(session, cursor.astring('a reference'));
  cursor.space();
  const patterns =
    cursor.peek === '(' ? cursor.list(() => cursor.listMailbox()) : ([cursor.listMailbox()] as readonly string[]);
  if (patterns.length > PATTERNS) throw cursor.fault(`at most ${PATTERNS} patterns`);
  const { tell, status } = readReturn(cursor);
  cursor.end();
  if (only === undefined && patterns.length === 1 && patterns[0] === '') {
    // RFC 9051 section 6.3.9: asks for the separator.
    session.tell('LIST (\\Noselect) "/" ""');
    return ok('that is all');
  }
  const names = patterns.map((pattern) => readPattern(session, pattern));
  await tellList(session, { reference, patterns: names, only: only ?? new Set(), tell, status });
  return ok('that is all');
};

/** What cannot be decoded matches nothing that there is. */
export function readPattern({ utf8 }: Session, binary: string): string {
  return decodeMailbox(binary, utf8) ?? binary;
}

function readSelection(cursor: Cursor): ListWish['only'] {
  const known = ['SUBSCRIBED', 'SPECIAL-USE', 'RECURSIVEMATCH', 'REMOTE'] as const;
  const words = cursor.list(() => oneOf(cursor, known));
  cursor.space();
  const base = words.filter((word) => word !== 'RECURSIVEMATCH' && word !== 'REMOTE');
  // It modifies another option and means nothing alone (RFC 5258 section 3.1).
  if (words.includes('RECURSIVEMATCH') && base.length === 0) throw cursor.fault('what to match recursively');
  return new Set(words);
}

function readReturn(cursor: Cursor): Pick<ListWish, 'tell' | 'status'> {
  if (!cursor.accept(' ')) return { tell: new Set(), status: [] };
  if (cursor.word() !== 'RETURN') throw cursor.fault('RETURN');
  cursor.space();
  const tell = new Set<'SUBSCRIBED' | 'SPECIAL-USE' | 'CHILDREN'>();
  let status: readonly string[] = [];
  cursor.list(() => {
    const word = oneOf(cursor, ['SUBSCRIBED', 'SPECIAL-USE', 'CHILDREN', 'STATUS'] as const);
    if (word !== 'STATUS') return tell.add(word);
    cursor.space();
    status = readStatusItems(cursor);
    return tell;
  });
  return { tell, status };
}

function oneOf<T extends string>(cursor: Cursor, known: readonly T[]): T {
  const word = cursor.word();
  const found = known.find((one) => one === word);
  if (!found) throw cursor.fault(known.join(', '));
  return found;
}
