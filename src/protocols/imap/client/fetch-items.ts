import type { Cursor } from '../syntax/cursor.ts';
import { parseDateTime } from '../syntax/date-time.ts';
import { readFlags } from '../syntax/flags.ts';

/** One FETCH response (RFC 9051 section 7.5.2), as far as it is asked for here. */
export interface Fetched {
  uid?: number;
  flags?: readonly string[];
  modseq?: number;
  size?: number;
  /** Milliseconds. */
  receivedAt?: number;
  savedAt?: number;
  emailId?: string;
  /** Octets of a section that was short enough to be kept. */
  content?: Uint8Array;
  /** It went by in pieces. */
  streamed?: true;
}

const ITEM = /([A-Za-z0-9.-]+)(?:\[[^\]]*\])?(?:<\d+>)?/y;
const FLAG_LIMIT = 1000;

/** Throws `CS_PEER_PROTOCOL`. */
export function readFetched(cursor: Cursor): Fetched {
  const found: Fetched = {};
  cursor.list(() => {
    const name = cursor.match(ITEM)?.[1]?.toUpperCase();
    if (name === undefined) throw cursor.fault('an item of FETCH');
    cursor.space();
    (READERS[name] ?? passOver)(cursor, found);
  });
  return found;
}

const READERS: Readonly<Record<string, (cursor: Cursor, found: Fetched) => void>> = {
  UID: (cursor, found) => {
    found.uid = cursor.nzNumber();
  },
  FLAGS: (cursor, found) => {
    found.flags = readFlags(cursor)
      .filter((flag) => flag !== '\\Recent')
      .slice(0, FLAG_LIMIT);
  },
  MODSEQ: (cursor, found) => {
    [found.modseq = 0] = cursor.list(() => cursor.number());
  },
  'RFC822.SIZE': (cursor, found) => {
    found.size = cursor.number();
  },
  INTERNALDATE: (cursor, found) => {
    const time = parseDateTime(cursor.string());
    if (time !== undefined) found.receivedAt = time;
  },
  SAVEDATE: (cursor, found) => {
    const text = cursor.nstring();
    const time = text === null ? undefined : parseDateTime(text);
    if (time !== undefined) found.savedAt = time;
  },
  EMAILID: (cursor, found) => {
    [found.emailId = ''] = cursor.list(() => cursor.atom());
  },
  BODY: (cursor, found) => {
    const literal = cursor.literal?.octets;
    // A literal as octets, without the way through text: it is long.
    if (literal) {
      cursor.takeLiteral();
      found.content = literal;
      return;
    }
    if (cursor.literal) {
      cursor.takeLiteral();
      found.streamed = true;
      return;
    }
    found.content = Buffer.from(cursor.nstring() ?? '', 'latin1');
  },
};

function passOver(cursor: Cursor): void {
  cursor.value();
}
