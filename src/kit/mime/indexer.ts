/**
 * One pass over a message: where its parts are, and what IMAP tells of it (RFC 2045, 2046, 5322, 9051). Takes octets in any pieces,
 * looks at each once, holds one header at a time, and never fails: what is broken, too deep or too much is opaque text.
 */
import type { MessageIndex, MimePart, SortKeys } from '../../contracts/mail.ts';
import type { Budget } from './addresses.ts';
import { CONTENT_FIELDS, type ContentFields, contentFields } from './content-fields.ts';
import { Delimiters, type Found } from './delimiters.ts';
import { ENVELOPE_FIELDS, envelope, sortKeys } from './envelope.ts';
import { Fields } from './fields.ts';
import { HeaderText } from './header-text.ts';
import { OpenPart } from './open-part.ts';
import { find } from './parameters.ts';
import { structure } from './structure.ts';

export const DEPTH_LIMIT = 100;
export const PARTS_LIMIT = 1000;
const ADDRESSES = 10_000;
/** RFC 2046 section 5.1.1 allows 70 octets; a delimiter with dashes and padding fits in a line of `LINE`. */
const BOUNDARY = 998;
const LINE = 2048;

const NOTHING = new Uint8Array();
const LF = 10;
const CR = 13;
const DASH = 45;

const PART_FIELDS = new Set(CONTENT_FIELDS);
const MESSAGE_FIELDS = new Set([...CONTENT_FIELDS, ...ENVELOPE_FIELDS]);

export class MessageIndexer {
  /** Octets and line feeds before the chunk that is being looked at, and its last octet. */
  #before = 0;
  #lines = 0;
  #last = 0;
  #part = new OpenPart(undefined, 0);
  #parts = 1;
  #inHeader = true;
  readonly #header = new HeaderText();
  /** The line that is being read, as far as it is looked at: a header's, or one of a body that may be a delimiter. */
  #line: Uint8Array = NOTHING;
  #lineLength = 0;
  #lineStart = 0;
  /** Octets of the line end before this line. */
  #eol = 0;
  /** In a body: this line may be a delimiter; or it is none, and goes on. */
  #candidate = false;
  #inLine = false;
  readonly #delimiters = new Delimiters();
  readonly #budget: Budget = { left: ADDRESSES };
  readonly #envelopes = new Map<OpenPart | MimePart, string>();
  #keys: SortKeys | undefined;

  write(chunk: Uint8Array): void {
    const { length } = chunk;
    if (length === 0) return;
    for (let at = 0; at < length; )
      at = this.#inHeader || this.#candidate ? this.#gather(chunk, at) : this.#skim(chunk, at);
    if (this.#inHeader) this.#header.add(chunk, this.#before, this.#before + length);
    if (this.#lineLength > 0) this.#line = this.#line.slice();
    if (chunk[length - 1] === LF) this.#eol = this.#endedBy(chunk, length - 1);
    this.#last = chunk[length - 1]!;
    this.#before += length;
  }

  end(): MessageIndex {
    const length = this.#before;
    // The last line may have no end: it can be a delimiter all the same, or the last of a header.
    if (this.#lineLength > 0) this.#endLine(NOTHING, length, 0);
    while (this.#inHeader) this.#endHeader(length);
    while (this.#part.parent) this.#closePart(length, this.#lines);
    const root = this.#part.close(length, this.#lines);
    return {
      root,
      envelope: this.#envelopes.get(this.#part)!,
      structure: structure(root, (message) => this.#envelopes.get(message)!),
      keys: this.#keys!,
    };
  }

  /** Through a body to the next line that begins with a dash; every octet once. */
  #skim(chunk: Uint8Array, start: number): number {
    const { length } = chunk;
    const looking = this.#delimiters.size > 0;
    if (looking && !this.#inLine && chunk[start] === DASH) return this.#begin(start);
    let lines = 0;
    let at = start;
    for (; at < length; at++) {
      if (chunk[at] !== LF) continue;
      lines += 1;
      if (looking && chunk[at + 1] === DASH) break;
    }
    this.#lines += lines;
    if (at < length) {
      this.#eol = this.#endedBy(chunk, at);
      return this.#begin(at + 1);
    }
    this.#inLine = chunk[length - 1] !== LF;
    return length;
  }

  #begin(at: number): number {
    this.#candidate = true;
    this.#inLine = false;
    this.#lineStart = this.#before + at;
    this.#lineLength = 0;
    return at;
  }

  /** To the end of a line that is looked at. */
  #gather(chunk: Uint8Array, start: number): number {
    const lf = chunk.indexOf(LF, start);
    const end = lf === -1 ? chunk.length : lf + 1;
    const octets = chunk.subarray(start, Math.min(end, start + LINE));
    if (this.#lineLength === 0) this.#line = octets;
    else if (this.#lineLength < LINE) this.#line = joined(this.#line, octets);
    this.#lineLength += end - start;
    if (lf !== -1) {
      this.#lines += 1;
      this.#endLine(chunk, this.#before + end, this.#endedBy(chunk, lf));
    } else if (!this.#inHeader && this.#lineLength > LINE) {
      this.#candidate = false;
      this.#inLine = true;
      this.#lineLength = 0;
    }
    return end;
  }

  /** Octets of the line end whose LF is there. */
  #endedBy(chunk: Uint8Array, lf: number): number {
    return (lf > 0 ? chunk[lf - 1] : this.#last) === CR ? 2 : 1;
  }

  /** @param eol octets of its line end; 0: the message ends here */
  #endLine(chunk: Uint8Array, end: number, eol: number): void {
    const [start, length] = [this.#lineStart, this.#lineLength];
    const found = length > LINE ? undefined : this.#delimiters.find(this.#line, this.#parts < PARTS_LIMIT);
    this.#candidate = false;
    this.#lineStart = end;
    this.#lineLength = 0;
    if (found) {
      if (this.#inHeader) this.#header.add(chunk, this.#before, start);
      while (this.#inHeader) this.#endHeader(start);
      this.#delimited(found, start, end, this.#lines - Math.min(eol, 1));
    } else if (this.#inHeader && eol > 0 && length === eol) {
      this.#header.add(chunk, this.#before, end);
      this.#endHeader(end);
    }
    this.#eol = eol;
  }

  /** @param lines line feeds before the delimiter */
  #delimited({ part, last }: Found, start: number, end: number, lines: number): void {
    // The line end before a delimiter is the delimiter's.
    while (this.#part !== part) this.#closePart(start - this.#eol, lines - Math.min(this.#eol, 1));
    if (last) {
      this.#delimiters.remove(part);
      return;
    }
    this.#open(part, end);
  }

  #open(parent: OpenPart, start: number): void {
    this.#part = new OpenPart(parent, start);
    this.#parts += 1;
    this.#inHeader = true;
    this.#header.begin(start);
    this.#lineStart = start;
    this.#lineLength = 0;
  }

  #endHeader(body: number): void {
    const part = this.#part;
    const fields = new Fields(this.#header.take(body), part.isMessage ? MESSAGE_FIELDS : PART_FIELDS);
    part.content = contentFields(fields, part.inDigest);
    part.body = body;
    part.linesBefore = this.#lines;
    this.#inHeader = false;
    this.#inLine = false;
    if (part.isMessage) {
      const said = envelope(fields, this.#budget);
      this.#envelopes.set(part, said.text);
      this.#keys ??= sortKeys(fields, said);
    }
    this.#lookInto(part, part.content, body);
  }

  #lookInto(part: OpenPart, { type, params }: ContentFields, body: number): void {
    if (part.depth >= DEPTH_LIMIT) return;
    if (type === 'message/rfc822' || type === 'message/global') {
      if (this.#parts >= PARTS_LIMIT) return;
      part.holds = 'message';
      this.#open(part, body);
    } else if (type.startsWith('multipart/')) {
      const boundary = find(params, 'boundary')?.trimEnd() ?? '';
      if (boundary === '' || boundary.length > BOUNDARY) return;
      part.holds = 'parts';
      this.#delimiters.add(boundary, part);
    }
  }

  #closePart(end: number, lines: number): void {
    const part = this.#part;
    this.#delimiters.remove(part);
    const done = part.close(end, lines);
    const said = this.#envelopes.get(part);
    this.#envelopes.delete(part);
    if (said !== undefined) this.#envelopes.set(done, said);
    part.parent!.children.push(done);
    this.#part = part.parent!;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.min(LINE, one.length + other.length));
  whole.set(one.subarray(0, LINE));
  whole.set(other.subarray(0, whole.length - one.length), one.length);
  return whole;
}
