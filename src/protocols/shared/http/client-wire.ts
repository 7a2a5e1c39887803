/**
 * RFC 9112 from the client's side, without a socket: octets in, events out. Strict where servers could desynchronise us,
 * bounded everywhere (trust.md CL-01, CL-06).
 */
import type { FieldLines } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';
import { LineBuffer } from '../../../kit/lines.ts';

export interface ResponseHead {
  readonly version: '1.0' | '1.1';
  readonly status: number;
  readonly reason: string;
  readonly fields: FieldLines;
}

export type ResponseEvent =
  | { readonly kind: 'interim'; readonly status: number }
  | { readonly kind: 'head'; readonly head: ResponseHead }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly trailers: FieldLines };

const LINE = 16 * 1024;
/** Octets of all header lines of one answer together, interim answers and trailers included. */
const HEADERS = 100 * 1024;
const HEADER_LINES = 200;
const INTERIM = 10;
/** Octets of chunk lines: so many for nothing, and so many for each octet of content. */
const FRAMING = 64 * 1024;
const FRAMING_RATIO = 8;

type State =
  | { at: 'status' }
  | { at: 'header' }
  | { at: 'size' }
  | { at: 'data'; left: number; chunked: boolean }
  | { at: 'chunk-end' }
  | { at: 'trailer' }
  | { at: 'until-close' }
  | { at: 'done' };

type Field = readonly [string, string];

/** Reads one response. `receive` throws `CS_PEER_PROTOCOL` or `CS_PEER_LIMIT`. */
export class ResponseWire {
  readonly #method: string;
  readonly #lines = new LineBuffer({ max: LINE });
  #state: State = { at: 'status' };
  #status: Omit<ResponseHead, 'fields'> = { status: 0, reason: '', version: '1.1' };
  #fields: Field[] = [];
  readonly #trailers: Field[] = [];
  #count = 0;
  #octets = 0;
  #interim = 0;
  #content = 0;
  #framing = 0;
  #keepAlive = false;

  constructor(method: string) {
    this.#method = method;
  }

  /** The response is over. */
  get done(): boolean {
    return this.#state.at === 'done';
  }

  /** Another request may follow on this connection. */
  get reusable(): boolean {
    return this.done && this.#keepAlive && this.#lines.unread.length === 0;
  }

  receive(chunk: Uint8Array): readonly ResponseEvent[] {
    this.#lines.push(chunk);
    const events: ResponseEvent[] = [];
    while (this.#step(events)) {}
    return events;
  }

  /** The server hung up. Throws unless that is how this response ends. */
  end(): readonly ResponseEvent[] {
    if (this.done) return [];
    if (this.#state.at !== 'until-close')
      throw new CsError('CS_CANNOT_CONNECT', 'the server hung up inside its answer');
    const events: ResponseEvent[] = [];
    this.#finish(events);
    return events;
  }

  /** Takes one thing off the front; false when there is not enough of it. */
  #step(events: ResponseEvent[]): boolean {
    const state = this.#state;
    switch (state.at) {
      case 'done':
        return false;
      case 'data':
        return this.#data(state, events);
      case 'until-close':
        return this.#rest(events);
      default: {
        const line = this.#lines.next();
        if (line === undefined) return false;
        this.#line(state, Buffer.from(line.buffer, line.byteOffset, line.length).toString('latin1'), events);
        return true;
      }
    }
  }

  #line(state: State, line: string, events: ResponseEvent[]): void {
    if (state.at === 'status') this.#startLine(line);
    else if (state.at === 'header') line === '' ? this.#headEnd(events) : this.#fields.push(this.#field(line));
    else if (state.at === 'size') this.#chunkSize(line);
    else if (state.at === 'chunk-end') {
      if (line !== '') throw broken('a chunk is longer than it says');
      this.#state = { at: 'size' };
    } else if (line === '') this.#finish(events);
    else this.#trailers.push(this.#field(line));
  }

  #startLine(line: string): void {
    const [, version, status, reason = ''] =
      /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: ([^\u0000-\u0008\u000a-\u001f\u007f]*))?$/.exec(line) ?? [];
    if (version === undefined) throw broken('the answer is not HTTP/1.1');
    this.#counted(line);
    this.#status = { status: Number(status), reason, version: version as '1.0' | '1.1' };
    this.#fields = [];
    this.#state = { at: 'header' };
  }

  #field(line: string): Field {
    this.#counted(line);
    const [, name, value = ''] =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\u0000-\u0008\u000a-\u001f\u007f]*)$/.exec(line) ?? [];
    if (name === undefined) throw broken('a header line is malformed');
    return [name, value.trimEnd()];
  }

  #counted(line: string): void {
    this.#count += 1;
    this.#octets += line.length;
    if (this.#count > HEADER_LINES) throw new CsError('CS_PEER_LIMIT', `HTTP: more than ${HEADER_LINES} header lines`);
    if (this.#octets > HEADERS) throw new CsError('CS_PEER_LIMIT', `HTTP: more than ${HEADERS} octets of headers`);
  }

  #headEnd(events: ResponseEvent[]): void {
    const { status, version } = this.#status;
    if (status === 101) throw broken('it switches to a protocol that nobody asked for');
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > INTERIM) throw new CsError('CS_PEER_LIMIT', `HTTP: more than ${INTERIM} interim answers`);
      events.push({ kind: 'interim', status });
      this.#state = { at: 'status' };
      return;
    }
    const connection = this.#values('connection').join(',').toLowerCase();
    const says = (word: string): boolean => connection.split(',').some((item) => item.trim() === word);
    this.#keepAlive = version === '1.1' ? !says('close') : says('keep-alive') && !says('close');
    events.push({ kind: 'head', head: { ...this.#status, fields: this.#fields } });
    this.#bodyFollows(events);
  }

  #values(name: string): string[] {
    return this.#fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  }

  /** RFC 9112 section 6.3. */
  #bodyFollows(events: ResponseEvent[]): void {
    const { status, version } = this.#status;
    const codings = this.#values('transfer-encoding');
    const lengths = this.#values('content-length');
    if (lengths.length > 1) throw broken('two Content-Lengths');
    if (codings.length > 0 && (lengths.length > 0 || version === '1.0')) throw broken('two lengths of one answer');
    const [length] = lengths;
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw broken('a malformed Content-Length');
    if (this.#method === 'HEAD' || status === 204 || status === 304) this.#finish(events);
    else if (codings.length > 0) {
      if (codings.join(',').toLowerCase() !== 'chunked') throw broken('an unknown transfer coding');
      this.#state = { at: 'size' };
    } else if (length !== undefined) {
      this.#state = { at: 'data', left: Number(length), chunked: false };
      if (Number(length) === 0) this.#finish(events);
    } else {
      this.#keepAlive = false;
      this.#state = { at: 'until-close' };
    }
  }

  #chunkSize(line: string): void {
    const [, digits] = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;[^\u0000-\u0008\u000a-\u001f\u007f]{0,4096})?$/.exec(line) ?? [];
    if (digits === undefined) throw broken('a malformed chunk');
    this.#framing += line.length + 4;
    if (this.#framing > FRAMING + FRAMING_RATIO * this.#content)
      throw new CsError('CS_PEER_LIMIT', 'HTTP: chunks that carry next to nothing');
    const left = Number.parseInt(digits, 16);
    this.#state = left === 0 ? { at: 'trailer' } : { at: 'data', left, chunked: true };
  }

  #data(state: { left: number; chunked: boolean }, events: ResponseEvent[]): boolean {
    const bytes = this.#lines.take(state.left);
    if (bytes.length === 0) return false;
    events.push({ kind: 'data', bytes });
    this.#content += bytes.length;
    state.left -= bytes.length;
    if (state.left > 0) return false;
    if (state.chunked) this.#state = { at: 'chunk-end' };
    else this.#finish(events);
    return true;
  }

  #rest(events: ResponseEvent[]): boolean {
    const bytes = this.#lines.take(Number.MAX_SAFE_INTEGER);
    if (bytes.length > 0) events.push({ kind: 'data', bytes });
    return false;
  }

  #finish(events: ResponseEvent[]): void {
    this.#state = { at: 'done' };
    events.push({ kind: 'end', trailers: this.#trailers });
  }
}

function broken(what: string): CsError {
  return new CsError('CS_PEER_PROTOCOL', `HTTP: ${what}`);
}
