/** Reads values off a line (RFC 9051 section 9). Strings are "binary" strings: one octet in each character. */
import { CsError } from '../../../kit/errors.ts';
import { decodeUtf8 } from './binary-text.ts';
import type { Line, LiteralPart } from './line-reader.ts';

/** Lists within lists, and search keys within search keys (trust.md section 2). */
export const DEPTH_LIMIT = 50;

/** atom-specials are `(){ %*"\]`, controls and octets beyond ASCII; `]` is taken where an atom may hold it. */
const ATOM = /[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+/y;
/** ASTRING-CHAR: an atom's, and `]`. */
const ASTRING = /[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+/y;
/** list-char: an atom's, wildcards and `]` (RFC 9051 section 9). */
const LIST_MAILBOX = /[!#$%&'*+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+/y;
const DIGITS = /\d{1,20}/y;
const QUOTED = /"((?:[^"\\\r\n\0]|\\["\\])*)"/y;
const ESCAPE = /\\(["\\])/g;

/** What a list may hold, as the client reads it: NIL is null, a literal that went by in pieces stands for itself. */
export type Value = string | null | LiteralPart | readonly Value[];

export class Cursor {
  readonly #line: Line;
  readonly #nul: boolean;
  #part = 0;
  #text = '';
  #at = 0;
  #depth = 0;

  /** @param nul a literal may hold NUL without saying so: what a mailbox holds is nobody's fault who reads it */
  constructor(line: Line, { nul = false }: { readonly nul?: boolean } = {}) {
    this.#line = line;
    this.#nul = nul;
    const [first] = line;
    if (typeof first === 'string') this.#text = first;
  }

  /** Nothing is left. */
  get done(): boolean {
    return this.#at === this.#text.length && this.#part >= this.#line.length - 1;
  }

  /** The next character; '' at the end of the text, where a literal or nothing follows. */
  get peek(): string {
    return this.#text[this.#at] ?? '';
  }

  /** The literal that stands here, not taken. */
  get literal(): LiteralPart | undefined {
    if (this.#at < this.#text.length) return undefined;
    const next = this.#line[this.#part + 1];
    return typeof next === 'object' ? next : undefined;
  }

  /** An error of the grammar at this place: `CS_PEER_PROTOCOL`. */
  fault(wanted: string): CsError {
    return new CsError('CS_PEER_PROTOCOL', `expected ${wanted}`);
  }

  accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.fault(text === ' ' ? 'a space' : JSON.stringify(text));
  }

  space(): void {
    this.expect(' ');
  }

  /** Throws unless the line ends here. */
  end(): void {
    if (!this.done) throw this.fault('the end of the line');
  }

  /** The match of a sticky pattern, taken; undefined where it does not match. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found) return undefined;
    this.#at += found[0].length;
    return found;
  }

  /** All text up to the line's end or the next literal. */
  rest(): string {
    const rest = this.#text.slice(this.#at);
    this.#at = this.#text.length;
    return rest;
  }

  atom(what = 'an atom'): string {
    const found = this.match(ATOM);
    if (!found) throw this.fault(what);
    return found[0];
  }

  /** An atom in upper case: keywords are caseless. */
  word(what = 'a word'): string {
    return this.atom(what).toUpperCase();
  }

  /** At most 2^53-1 (numbers have 32 bits, number64 63: the caller checks what it needs less). */
  number(max = Number.MAX_SAFE_INTEGER): number {
    const found = this.match(DIGITS);
    const value = found ? Number(found[0]) : Number.NaN;
    if (!(value <= max)) throw this.fault('a number');
    return value;
  }

  /** Not zero. */
  nzNumber(max = 0xffffffff): number {
    const value = this.number(max);
    if (value === 0) throw this.fault('a number above zero');
    return value;
  }

  /** A quoted string or a literal; undefined where neither stands. */
  stringOrNot(): string | undefined {
    if (this.peek === '"') return this.#quoted();
    if (this.literal) return octetsOf(this.takeLiteral());
    return undefined;
  }

  string(what = 'a string'): string {
    const found = this.stringOrNot();
    if (found === undefined) throw this.fault(what);
    return found;
  }

  astring(what = 'a string'): string {
    return this.stringOrNot() ?? this.match(ASTRING)?.[0] ?? this.#missing(what);
  }

  /** A name that may hold `%` and `*`. */
  listMailbox(): string {
    return this.stringOrNot() ?? this.match(LIST_MAILBOX)?.[0] ?? this.#missing('a mailbox pattern');
  }

  nstring(what = 'a string or NIL'): string | null {
    const found = this.stringOrNot();
    if (found !== undefined) return found;
    if (this.word(what) !== 'NIL') throw this.fault(what);
    return null;
  }

  /** `astring` as Unicode. Throws for what is not UTF-8. */
  text(what = 'a string'): string {
    const decoded = decodeUtf8(this.astring(what));
    if (decoded === undefined) throw this.fault('UTF-8');
    return decoded;
  }

  /** The literal that stands here; its octets may be gone. */
  takeLiteral(): LiteralPart {
    const { literal } = this;
    if (!literal) throw this.fault('a literal');
    if (!this.#nul && !literal.binary && literal.octets?.includes(0)) throw this.fault('a literal without NUL');
    this.#part += 2;
    const next = this.#line[this.#part];
    this.#text = typeof next === 'string' ? next : '';
    this.#at = 0;
    return literal;
  }

  /** `(a b c)`; `()` is no items. */
  list<T>(item: () => T): T[] {
    this.expect('(');
    return this.within(() => {
      const items: T[] = [];
      if (this.accept(')')) return items;
      for (;;) {
        items.push(item());
        if (this.accept(')')) return items;
        this.space();
      }
    });
  }

  /** One level deeper. Throws `CS_PEER_LIMIT` below the fiftieth. */
  within<T>(read: () => T): T {
    if (this.#depth >= DEPTH_LIMIT) throw new CsError('CS_PEER_LIMIT', `nested deeper than ${DEPTH_LIMIT}`);
    this.#depth += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  /** Anything a response may hold. Between the parts of a BODYSTRUCTURE there need be no spaces. */
  value(): Value {
    if (this.peek === '(') return this.#values();
    if (this.literal && !this.literal.octets) return this.takeLiteral();
    const found = this.stringOrNot();
    if (found !== undefined) return found;
    this.accept('\\');
    const start = this.#text[this.#at - 1] === '\\' ? '\\' : '';
    if (start !== '' && this.accept('*')) return '\\*';
    const atom = this.match(ASTRING)?.[0] ?? this.#missing('a value');
    return start === '' && atom.toUpperCase() === 'NIL' ? null : start + atom;
  }

  #values(): readonly Value[] {
    this.expect('(');
    return this.within(() => {
      const items: Value[] = [];
      while (!this.accept(')')) {
        items.push(this.value());
        this.accept(' ');
      }
      return items;
    });
  }

  #quoted(): string {
    const found = this.match(QUOTED);
    if (!found) throw this.fault('a quoted string');
    const [, inside = ''] = found;
    if (decodeUtf8(inside) === undefined) throw this.fault('UTF-8 in a quoted string');
    return inside.includes('\\') ? inside.replace(ESCAPE, '$1') : inside;
  }

  #missing(what: string): never {
    throw this.fault(what);
  }
}

/** A kept literal as a binary string. */
function octetsOf({ octets }: LiteralPart): string {
  if (!octets) throw new CsError('CS_PEER_PROTOCOL', 'a literal is not for this place');
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}
