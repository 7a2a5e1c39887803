/**
 * Octets → logical lines: text up to a CRLF, with the literals inside it (RFC 9051 section 4.3). For both ends, without a
 * socket. Every octet is looked at once, however the octets are cut into chunks. What the text means is the cursor's affair.
 */
import { CsError } from '../../../kit/errors.ts';

const LF = 10;
/** Octets of the text of one logical line, literals apart (trust.md section 2). */
export const LINE_LIMIT = 64 * 1024;

/** `{n}`, `{n+}`, `~{n}`, `~{n+}` (RFC 7888, RFC 3516); eleven digits are more than any number of the grammar. */
const MARK = /(~?)\{(\d{1,20})(\+?)\}$/;
/** The longest mark there is. */
const MARK_LENGTH = 24;

/** A literal's place in a line. Without `octets` it went by in pieces, or was dropped. */
export interface LiteralPart {
  readonly size: number;
  /** `literal8`: may hold NUL (RFC 3516). */
  readonly binary: boolean;
  readonly octets?: Uint8Array;
}

/** Text has one octet in each character ("binary" string), its CRLFs and the marks of literals are gone. */
export type Line = readonly (string | LiteralPart)[];

export type LineEvent =
  | { readonly kind: 'line'; readonly line: Line }
  /** Ended by a bare LF, or with a bare CR in it. The line is gone. */
  | { readonly kind: 'broken'; readonly line: Line }
  /**
   * A literal is announced and none of it was taken. Before the next event is asked for: `keep` (as if nothing was said),
   * `stream`, `drop`, or, of one that waits for a go-ahead, `refuse`.
   */
  | { readonly kind: 'literal'; readonly literal: Announced; readonly before: Line }
  /** A piece of a streamed literal; valid until the next event. `left`: octets of it that are still to come. */
  | { readonly kind: 'octets'; readonly octets: Uint8Array; readonly left: number };

export interface Announced {
  /** Octets; not finite where more digits stood there than a number has. */
  readonly size: number;
  readonly binary: boolean;
  /** The other end waits for `+` before it sends it. */
  readonly waits: boolean;
}

export interface LineReaderOptions {
  /** Octets of the text of a line; 64 KiB. */
  readonly limit?: number;
  /** Lines of free text, in which a mark at the end announces nothing; gets what there is of the line. */
  readonly isText?: (line: string) => boolean;
}

export class LineReader {
  readonly #limit: number;
  readonly #isText: (line: string) => boolean;
  #parts: (string | LiteralPart)[] = [];
  #text = '';
  /** Octets of text in `#parts`. */
  #before = 0;
  #literal: { readonly announced: Announced; how: 'keep' | 'stream' | 'drop'; left: number } | undefined;
  #kept: Uint8Array[] = [];
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The next lines are no commands or responses: a mark at their end means nothing (base64 inside AUTHENTICATE). */
  plain = false;

  constructor({ limit = LINE_LIMIT, isText = () => false }: LineReaderOptions = {}) {
    this.#limit = limit;
    this.#isText = isText;
  }

  /** A line or a literal has begun and is not complete. */
  get begun(): boolean {
    return this.#text !== '' || this.#parts.length > 0 || this.#literal !== undefined;
  }

  /**
   * Lazily: what comes next may depend on what is done with an event, so take one at a time. Throws `CS_PEER_LIMIT` for
   * text over the limit.
   */
  *receive(chunk: Uint8Array): Generator<LineEvent, void> {
    this.#chunk = chunk;
    this.#at = 0;
    for (;;) {
      const event = this.#literal ? this.#inLiteral() : this.#inText();
      if (event === 'more') return;
      if (event !== 'again') yield event;
    }
  }

  /** Hand the announced literal out in `octets` events; its place in the line stays empty. */
  stream(): void {
    this.#how('stream');
  }

  /** Read over the announced literal. */
  drop(): void {
    this.#how('drop');
  }

  /** The other end will not send the literal: its line is forgotten, and the next octets begin a new one. */
  refuse(): void {
    if (!this.#literal?.announced.waits) throw new CsError('CS_BUG', 'only a literal that waits can be refused');
    this.#literal = undefined;
    this.#begin();
  }

  /** What is left of the chunk, taken out: it belongs to another layer (TLS, compression), or to nobody. */
  release(): Uint8Array {
    const rest = this.#chunk.subarray(this.#at);
    this.#at = this.#chunk.length;
    return rest;
  }

  #how(how: 'stream' | 'drop'): void {
    if (!this.#literal) throw new CsError('CS_BUG', 'no literal was announced');
    this.#literal.how = how;
  }

  #begin(): void {
    this.#parts = [];
    this.#text = '';
    this.#before = 0;
  }

  #inText(): LineEvent | 'more' | 'again' {
    const end = this.#chunk.indexOf(LF, this.#at);
    const upTo = end === -1 ? this.#chunk.length : end + 1;
    const room = this.#limit + 2 - this.#before - this.#text.length;
    if (upTo - this.#at > room) throw new CsError('CS_PEER_LIMIT', `line longer than ${this.#limit} octets`);
    if (upTo > this.#at) this.#text += latin1(this.#chunk, this.#at, upTo);
    this.#at = upTo;
    return end === -1 ? 'more' : this.#ended();
  }

  #ended(): LineEvent {
    const text = this.#text;
    if (text.length < 2 || text.indexOf('\r') !== text.length - 2) {
      const line = [...this.#parts, text.trimEnd()];
      this.#begin();
      return { kind: 'broken', line };
    }
    const mark = this.#mark(text);
    if (mark) return mark;
    const line = this.#parts;
    line.push(text.slice(0, -2));
    this.#begin();
    return { kind: 'line', line };
  }

  #mark(text: string): LineEvent | undefined {
    if (this.plain || text.at(-3) !== '}') return undefined;
    const found = MARK.exec(text.slice(-2 - MARK_LENGTH, -2));
    if (!found || this.#isText((this.#parts[0] as string | undefined) ?? text)) return undefined;
    const [all, tilde, digits = '', plus] = found;
    const size = digits.length > 15 ? Number.POSITIVE_INFINITY : Number(digits);
    const announced = { size, binary: tilde !== '', waits: plus === '' };
    const before = text.slice(0, -2 - all.length);
    this.#before += text.length;
    this.#parts.push(before);
    this.#text = '';
    this.#literal = { announced, how: 'keep', left: size };
    return { kind: 'literal', literal: announced, before: this.#parts };
  }

  #inLiteral(): LineEvent | 'more' | 'again' {
    const literal = this.#literal!;
    if (literal.left === 0) return this.#filled();
    if (this.#at === this.#chunk.length) return 'more';
    const octets = this.#chunk.subarray(this.#at, this.#at + Math.min(literal.left, this.#chunk.length - this.#at));
    this.#at += octets.length;
    literal.left -= octets.length;
    if (literal.how === 'stream') return { kind: 'octets', octets, left: literal.left };
    // Copied: a chunk belongs to the connection and may be used again.
    if (literal.how === 'keep') this.#kept.push(Uint8Array.prototype.slice.call(octets));
    return 'again';
  }

  #filled(): 'again' {
    const { announced, how } = this.#literal!;
    const { size, binary } = announced;
    const octets = this.#kept.length === 1 ? this.#kept[0]! : Buffer.concat(this.#kept);
    this.#parts.push(how === 'keep' ? { size, binary, octets } : { size, binary });
    this.#kept = [];
    this.#literal = undefined;
    return 'again';
  }
}

function latin1(octets: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(octets, start, end);
}
