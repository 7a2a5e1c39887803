/**
 * The one transcript format: what `-vv` prints, what `--transcript` saves, what a test file holds.
 *
 *     # a note; it has no part in the conversation
 *     C: MAIL FROM:<ann@x.test>      octets of the client, up to and with a CRLF that is not written
 *     S: 250 ok                      octets of the server, likewise
 *     S: no line end follows\        a line that ends with one backslash has no CRLF
 *     C: a bare line feed\x0a\       any other octet: \x and two hex digits; a backslash: \\
 *     C: <+12345 octets>             as many octets were left out here
 *
 * UTF-8 stands as itself where it is printable. A space at the end of a line and a `<+` at its start are escaped.
 */
import { CsError } from './errors.ts';
import { redact } from './secret.ts';

/** The client's end or the server's, whoever wrote the transcript. */
export type Side = 'C' | 'S';

export interface TranscriptStep {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

const CR = 13;
const LF = 10;
const CRLF = Buffer.from('\r\n');
/** A line that never ends is shown in pieces of this size. */
const PIECE = 4096;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\\]/gu;

/** One line without its CRLF → its text, escaped. Not redacted. */
export function escapeOctets(line: Uint8Array): string {
  const text = decode(line).replace(/ $/, '\\x20');
  return text.startsWith('<+') ? `\\x3c${text.slice(1)}` : text;
}

function decode(line: Uint8Array): string {
  try {
    return UTF8.decode(line).replace(HIDDEN, hex);
  } catch {
    return Buffer.from(line.buffer, line.byteOffset, line.length)
      .toString('latin1')
      .replace(/[^\x20-\x5b\x5d-\x7e]/g, (unit) => (unit === '\\' ? '\\\\' : `\\x${byte(unit.charCodeAt(0))}`));
  }
}

function hex(symbol: string): string {
  if (symbol === '\\') return '\\\\';
  return [...Buffer.from(symbol)].map((octet) => `\\x${byte(octet)}`).join('');
}

function byte(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}

export interface TranscriptOptions {
  /** Gets every line, without a line end. */
  readonly emit: (line: string) => void;
  /** Octets shown of one turn (what one side says until the other speaks); the rest is counted. 4 KiB. */
  readonly limit?: number;
  /** Hides secrets of the protocol: gets and gives back one escaped line without its `C: `. */
  readonly mask?: (line: string, from: Side) => string;
}

/** Renders a conversation as it happens; every line passes the redactor. */
export class TranscriptWriter {
  readonly #emit: (line: string) => void;
  readonly #limit: number;
  readonly #mask: (line: string, from: Side) => string;
  #from: Side = 'C';
  #partial: Uint8Array = new Uint8Array(0);
  #shown = 0;
  #cut = 0;

  constructor(options: TranscriptOptions) {
    this.#emit = options.emit;
    this.#limit = options.limit ?? 4096;
    this.#mask = options.mask ?? ((line) => line);
  }

  bytes(from: Side, chunk: Uint8Array): void {
    if (from !== this.#from) {
      this.flush();
      this.#from = from;
      this.#shown = 0;
    }
    let rest = chunk;
    while (rest.length > 0 && this.#shown < this.#limit) rest = this.#line(rest);
    this.#cut += rest.length;
  }

  note(text: string): void {
    this.flush();
    for (const line of text.split(/\r?\n/)) this.#emit(`# ${redact(decode(Buffer.from(line)))}`);
  }

  /** Show what has no line end yet, and how much was left out. */
  flush(): void {
    const partial = this.#partial;
    this.#partial = new Uint8Array(0);
    if (partial.length > 0) this.#show(partial, '\\');
    if (this.#cut > 0) this.#emit(`${this.#from}: <+${this.#cut} octets>`);
    this.#cut = 0;
  }

  /** Takes one line, or what there is of it, off the front. */
  #line(chunk: Uint8Array): Uint8Array {
    const at = chunk.indexOf(LF);
    const end = at === -1 ? chunk.length : at + 1;
    const line =
      this.#partial.length === 0 ? chunk.subarray(0, end) : Buffer.concat([this.#partial, chunk.subarray(0, end)]);
    this.#partial = new Uint8Array(0);
    if (at === -1 && line.length < PIECE) this.#partial = Buffer.from(line);
    else if (at !== -1 && line.at(-2) === CR) this.#show(line.subarray(0, -2), '', 2);
    else this.#show(line, '\\');
    return chunk.subarray(end);
  }

  #show(line: Uint8Array, end: string, unshown = 0): void {
    this.#shown += line.length + unshown;
    // Redacted before it is escaped: a secret is known as it was typed.
    const safe = this.#mask(escapeOctets(redacted(line)), this.#from);
    this.#emit(`${this.#from}: ${safe}${end}`.trimEnd());
  }
}

function redacted(line: Uint8Array): Uint8Array {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('latin1');
  // Secrets are text in UTF-8, the line is octets: both as Latin-1 would miss none but those beyond ASCII.
  const ascii = redact(text);
  if (ascii !== text) return Buffer.from(ascii, 'latin1');
  try {
    const utf8 = UTF8.decode(line);
    const safe = redact(utf8);
    return safe === utf8 ? line : Buffer.from(safe);
  } catch {
    return line;
  }
}

const HEX = /\\(?:x([0-9a-f]{2})|(\\))/gi;

/** A transcript's text → its steps, one for each line. Throws `CS_INPUT` naming the line, also where octets were left out. */
export function parseTranscript(text: string): readonly TranscriptStep[] {
  const steps: TranscriptStep[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, from, rest] = /^([CS]):(?: (.*))?$/s.exec(line) ?? [];
    if (from === undefined) throw new CsError('CS_INPUT', `transcript line ${index + 1}: neither C:, S: nor #`);
    steps.push({ from: from as Side, bytes: unescapeOctets(rest ?? '', index + 1) });
  }
  return steps;
}

function unescapeOctets(text: string, line: number): Uint8Array {
  if (/^<\+\d+ octets>$/.test(text))
    throw new CsError('CS_INPUT', `transcript line ${line}: octets were left out here`);
  let end = text.length;
  while (text[end - 1] === '\\') end -= 1;
  const open = (text.length - end) % 2 === 1;
  const body = open ? text.slice(0, -1) : text;
  if (body.replace(HEX, '').includes('\\')) throw new CsError('CS_INPUT', `transcript line ${line}: unknown escape`);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const found of body.matchAll(HEX)) {
    parts.push(Buffer.from(body.slice(at, found.index)));
    parts.push(found[1] === undefined ? Buffer.from('\\') : Buffer.from(found[1], 'hex'));
    at = found.index + found[0].length;
  }
  parts.push(Buffer.from(body.slice(at)));
  if (!open) parts.push(CRLF);
  return Buffer.concat(parts);
}

/** Neighbouring steps of one side as one step. */
export function joinSteps(steps: readonly TranscriptStep[]): readonly TranscriptStep[] {
  const joined: TranscriptStep[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (last?.from !== step.from) joined.push(step);
    else joined[joined.length - 1] = { from: step.from, bytes: Buffer.concat([last.bytes, step.bytes]) };
  }
  return joined;
}
