/** What FETCH may ask for (RFC 9051 section 6.4.5), as it is written → as data. */
import type { Cursor } from '../syntax/cursor.ts';
import { inlineAstring } from '../syntax/write.ts';

export type Fact =
  | 'UID'
  | 'FLAGS'
  | 'MODSEQ'
  | 'INTERNALDATE'
  | 'SAVEDATE'
  | 'EMAILID'
  | 'THREADID'
  | 'RFC822.SIZE'
  | 'ENVELOPE'
  | 'BODY'
  | 'BODYSTRUCTURE'
  | 'PREVIEW';

/** Octets of a section from there, at most so many. */
export interface Partial {
  readonly offset: number;
  readonly length: number;
}

export interface Section {
  readonly kind: 'section';
  /** As the answer names it: `BODY[HEADER]<0>`. */
  readonly label: string;
  /** Part numbers; none is the message itself. */
  readonly path: readonly number[];
  readonly what: 'ALL' | 'HEADER' | 'FIELDS' | 'FIELDS.NOT' | 'TEXT' | 'MIME';
  /** In lower case. */
  readonly fields: ReadonlySet<string>;
  readonly partial: Partial | undefined;
  readonly peek: boolean;
}

/** Content with its transfer encoding undone (RFC 3516). */
export interface Binary {
  readonly kind: 'binary' | 'binary.size';
  readonly label: string;
  readonly path: readonly number[];
  readonly partial: Partial | undefined;
  readonly peek: boolean;
}

export type Item = { readonly kind: 'fact'; readonly fact: Fact } | Section | Binary;

const FACTS: ReadonlySet<string> = new Set<Fact>([
  'UID',
  'FLAGS',
  'MODSEQ',
  'INTERNALDATE',
  'SAVEDATE',
  'EMAILID',
  'THREADID',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'PREVIEW',
]);
const FAST: readonly Fact[] = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'];
const MACROS: Readonly<Record<string, readonly Fact[]>> = {
  FAST,
  ALL: [...FAST, 'ENVELOPE'],
  FULL: [...FAST, 'ENVELOPE', 'BODY'],
};
/** RFC 3501's own names for sections. */
const OLD: Readonly<Record<string, Pick<Section, 'what' | 'peek'>>> = {
  RFC822: { what: 'ALL', peek: false },
  'RFC822.HEADER': { what: 'HEADER', peek: true },
  'RFC822.TEXT': { what: 'TEXT', peek: false },
};

const NAME = /[A-Za-z0-9.]{1,20}/y;
const PATH = /([1-9]\d{0,8}(?:\.[1-9]\d{0,8})*)(\.(?=[A-Za-z]))?/y;
const NONE: ReadonlySet<string> = new Set();

/** A macro, one item, or a list of them. */
export function readItems(cursor: Cursor): readonly Item[] {
  if (cursor.peek === '(') {
    const items = cursor.list(() => readItem(cursor));
    if (items.length === 0) throw cursor.fault('what to fetch');
    return items;
  }
  const macro = cursor.match(/(?:FAST|ALL|FULL)(?![A-Za-z0-9.[])/iy)?.[0].toUpperCase() ?? '';
  const facts = MACROS[macro];
  return facts ? facts.map((fact) => ({ kind: 'fact', fact })) : [readItem(cursor)];
}

function readItem(cursor: Cursor): Item {
  const name = cursor.match(NAME)?.[0].toUpperCase() ?? '';
  if (cursor.peek === '[') return readSectioned(cursor, name);
  // Whether it is at hand or made for this makes no difference here (RFC 8970 section 3.1).
  if (name === 'PREVIEW') cursor.match(/ \(LAZY\)/iy);
  if (FACTS.has(name)) return { kind: 'fact', fact: name as Fact };
  const old = OLD[name];
  if (!old) throw cursor.fault('an item of FETCH');
  return { kind: 'section', label: name, path: [], fields: NONE, partial: undefined, ...old };
}

function readSectioned(cursor: Cursor, name: string): Item {
  const [, base = '', more] = /^(BODY|BINARY)(\.PEEK|\.SIZE)?$/.exec(name) ?? [];
  if (base === '' || (base === 'BODY' && more === '.SIZE')) throw cursor.fault('an item of FETCH');
  cursor.expect('[');
  const peek = more === '.PEEK';
  const found = cursor.match(PATH);
  const path = found ? found[1]!.split('.').map(Number) : [];
  if (base === 'BINARY') {
    cursor.expect(']');
    const size = more === '.SIZE';
    const partial = size ? undefined : readPartial(cursor);
    const label = `BINARY${size ? '.SIZE' : ''}[${path.join('.')}]${shownOffset(partial)}`;
    return { kind: size ? 'binary.size' : 'binary', label, path, partial, peek: peek || size };
  }
  const { what, fields, shown } = readWhat(cursor, path.length > 0, found === undefined || found[2] !== undefined);
  cursor.expect(']');
  const partial = readPartial(cursor);
  const inside = `${path.join('.')}${path.length > 0 && shown !== '' ? '.' : ''}${shown}`;
  return { kind: 'section', label: `BODY[${inside}]${shownOffset(partial)}`, path, what, fields, partial, peek };
}

function readWhat(
  cursor: Cursor,
  inPart: boolean,
  named: boolean,
): Pick<Section, 'what' | 'fields'> & { readonly shown: string } {
  const word = named ? (cursor.match(/[A-Za-z.]{1,20}/y)?.[0].toUpperCase() ?? '') : '';
  switch (word) {
    case '':
      return { what: 'ALL', fields: NONE, shown: '' };
    case 'HEADER':
    case 'TEXT':
      return { what: word, fields: NONE, shown: word };
    case 'MIME':
      if (inPart) return { what: word, fields: NONE, shown: word };
      break;
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      cursor.space();
      const names = cursor.list(() => cursor.astring('a field'));
      const fields = new Set(names.map((name) => name.toLowerCase()));
      const shown = `${word} (${names.map((name) => inlineAstring(name)).join(' ')})`;
      return { what: word === 'HEADER.FIELDS' ? 'FIELDS' : 'FIELDS.NOT', fields, shown };
    }
  }
  throw cursor.fault('a section');
}

function readPartial(cursor: Cursor): Partial | undefined {
  if (!cursor.accept('<')) return undefined;
  const offset = cursor.number();
  cursor.expect('.');
  const length = cursor.nzNumber(Number.MAX_SAFE_INTEGER);
  cursor.expect('>');
  return { offset, length };
}

function shownOffset(partial: Partial | undefined): string {
  return partial ? `<${partial.offset}>` : '';
}
