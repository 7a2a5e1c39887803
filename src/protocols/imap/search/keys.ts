/** Search keys (RFC 9051 section 6.4.4, RFC 5032, RFC 7162 section 3.1.5), as they are written → as data. */
import { CsError } from '../../../kit/errors.ts';
import { decodeUtf8 } from '../syntax/binary-text.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { parseDate } from '../syntax/date-time.ts';
import { readSet, type SequenceSet } from '../syntax/sequence-set.ts';

export type DateField = 'receivedAt' | 'sentAt' | 'savedAt';

export type Key =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly keys: readonly Key[] }
  | { readonly kind: 'not'; readonly key: Key }
  | { readonly kind: 'set'; readonly set: SequenceSet | 'saved'; readonly uid: boolean }
  /** As flags are compared: in lower case. */
  | { readonly kind: 'flag'; readonly flag: string; readonly has: boolean }
  | { readonly kind: 'modseq'; readonly modseq: number }
  /** Octets; `over`: more than, else fewer than. */
  | { readonly kind: 'size'; readonly octets: number; readonly over: boolean }
  /** Milliseconds, `from` included, `to` not. */
  | { readonly kind: 'date'; readonly field: DateField; readonly from: number; readonly to: number }
  /** As FETCH tells it. */
  | { readonly kind: 'email'; readonly id: string }
  | { readonly kind: 'text'; readonly where: string; readonly text: string };

/** Characters of a text to look for. */
const TEXT_LIMIT = 16 * 1024;
const KEYS = 1000;
const DAY = 86_400_000;
const EVER = Number.POSITIVE_INFINITY;

const FLAGS: Readonly<Record<string, readonly [flag: string, has: boolean]>> = {
  ANSWERED: ['\\answered', true],
  DELETED: ['\\deleted', true],
  DRAFT: ['\\draft', true],
  FLAGGED: ['\\flagged', true],
  SEEN: ['\\seen', true],
  RECENT: ['\\recent', true],
  OLD: ['\\recent', false],
  UNANSWERED: ['\\answered', false],
  UNDELETED: ['\\deleted', false],
  UNDRAFT: ['\\draft', false],
  UNFLAGGED: ['\\flagged', false],
  UNSEEN: ['\\seen', false],
};
const TEXTS: Readonly<Record<string, string>> = {
  BCC: 'bcc',
  BODY: 'body',
  CC: 'cc',
  FROM: 'from',
  SUBJECT: 'subject',
  TEXT: 'text',
  TO: 'to',
};
const DATES: Readonly<Record<string, (day: number) => readonly [DateField, number, number]>> = {
  BEFORE: (day) => ['receivedAt', -EVER, day],
  ON: (day) => ['receivedAt', day, day + DAY],
  SINCE: (day) => ['receivedAt', day, EVER],
  SAVEDBEFORE: (day) => ['savedAt', -EVER, day],
  SAVEDON: (day) => ['savedAt', day, day + DAY],
  SAVEDSINCE: (day) => ['savedAt', day, EVER],
  SENTBEFORE: (day) => ['sentAt', -EVER, day],
  SENTON: (day) => ['sentAt', day, day + DAY],
  SENTSINCE: (day) => ['sentAt', day, EVER],
};

/** Reads one key after another, to the end of the line or of a list. */
export class KeyReader {
  readonly #cursor: Cursor;
  readonly #now: number;
  #count = 0;
  /** A MODSEQ key was among them: the answer names the highest one. */
  modseq = false;
  /** Message numbers were among them. */
  numbered = false;

  constructor(cursor: Cursor, now: number) {
    this.#cursor = cursor;
    this.#now = now;
  }

  /** All that follow, each of which must hold. */
  all(): Key {
    const keys = [this.one()];
    while (this.#cursor.accept(' ')) keys.push(this.one());
    return keys.length === 1 ? keys[0]! : { kind: 'and', keys };
  }

  one(): Key {
    const cursor = this.#cursor;
    if (++this.#count > KEYS) throw new CsError('CS_LIMIT', `a search has at most ${KEYS} keys`);
    if (cursor.peek === '(') return cursor.within(() => ({ kind: 'and', keys: cursor.list(() => this.one()) }));
    if (/[0-9*$]/.test(cursor.peek)) {
      const set = readSet(cursor);
      this.numbered ||= set !== 'saved';
      return { kind: 'set', set, uid: false };
    }
    return cursor.within(() => this.#named(cursor.word('a search key')));
  }

  #named(word: string): Key {
    // Every message here has the date that it was saved (RFC 8514 section 4.2).
    if (word === 'ALL' || word === 'SAVEDATESUPPORTED') return { kind: 'all' };
    if (word === 'NEW') return { kind: 'and', keys: [this.#flag('\\recent', true), this.#flag('\\seen', false)] };
    const flag = FLAGS[word];
    if (flag) return this.#flag(...flag);
    this.#cursor.space();
    if (word === 'NOT') return { kind: 'not', key: this.one() };
    if (word === 'OR') return { kind: 'or', keys: [this.one(), this.#next()] };
    const where = TEXTS[word];
    if (where !== undefined) return { kind: 'text', where, text: this.#text() };
    const date = DATES[word];
    if (date) return this.#date(...date(this.#day()));
    return this.#other(word);
  }

  #other(word: string): Key {
    const cursor = this.#cursor;
    switch (word) {
      case 'UID':
        return { kind: 'set', set: readSet(cursor), uid: true };
      case 'KEYWORD':
      case 'UNKEYWORD':
        return this.#flag(cursor.atom('a keyword').toLowerCase(), word === 'KEYWORD');
      case 'LARGER':
      case 'SMALLER':
        return { kind: 'size', octets: cursor.number(), over: word === 'LARGER' };
      case 'OLDER':
        return this.#date('receivedAt', -EVER, this.#now - cursor.nzNumber() * 1000 + 1);
      case 'YOUNGER':
        return this.#date('receivedAt', this.#now - cursor.nzNumber() * 1000, EVER);
      case 'HEADER': {
        const where = cursor.astring('a field').toLowerCase();
        cursor.space();
        return { kind: 'text', where: `${where}`, text: this.#text() };
      }
      case 'EMAILID':
        return { kind: 'email', id: cursor.atom('an id') };
      case 'THREADID':
        cursor.atom('an id');
        return { kind: 'not', key: { kind: 'all' } };
      case 'MODSEQ':
        return this.#modseq();
    }
    throw cursor.fault('a search key');
  }

  #next(): Key {
    this.#cursor.space();
    return this.one();
  }

  #flag(flag: string, has: boolean): Key {
    return { kind: 'flag', flag, has };
  }

  #date(field: DateField, from: number, to: number): Key {
    return { kind: 'date', field, from, to };
  }

  #day(): number {
    const cursor = this.#cursor;
    const day = parseDate(cursor.astring('a date'));
    if (day === undefined) throw cursor.fault('a date');
    return day;
  }

  #text(): string {
    const text = decodeUtf8(this.#cursor.astring('a text'));
    if (text === undefined) throw this.#cursor.fault('UTF-8');
    if (text.length > TEXT_LIMIT) throw new CsError('CS_LIMIT', `a text has at most ${TEXT_LIMIT} characters`);
    return text;
  }

  /** An entry's name and type may stand before the number; modseqs here are those of whole messages. */
  #modseq(): Key {
    const cursor = this.#cursor;
    if (cursor.peek === '"') {
      cursor.string();
      cursor.space();
      cursor.match(/(?:priv|shared|all)/iy);
      cursor.space();
    }
    this.modseq = true;
    return { kind: 'modseq', modseq: cursor.number() };
  }
}
