/**
 * RFC 9112 from the client's side, without a socket: octets in, events out. Strict where servers could desynchronise us,
 * bounded everywhere (trust.md CL-01, CL-06).
 */
import { CsError } from '../../../kit/errors.ts';
import { LineBuffer } from '../../../kit/lines.ts';

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Lower-case names; several lines of one name joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
}

export type ResponseEvent =
  | { readonly kind: 'head'; readonly head: ResponseHead }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

const LINE = 16 * 1024;
const HEADER_LINES = 200;
const INTERIM = 10;

type State =
  | { at: 'status' }
  | { at: 'header' }
  | { at: 'size' }
  | { at: 'data'; left: number; chunked: boolean }
  | { at: 'chunk-end' }
  | { at: 'trailer' }
  | { at: 'until-close' }
  | { at: 'done' };

/** Reads one response. `receive` throws `CS_PEER_PROTOCOL` or `CS_PEER_LIMIT`. */
export class ResponseWire {
  readonly #method: string;
  readonly #lines = new LineBuffer({ max: LINE });
  #state: State = { at: 'status' };
  #status: { status: number; reason: string; version: string } = { status: 0, reason: '', version: '' };
  #headers = new Map<string, string>();
  #count = 0;
  #interim = 0;
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
    this.#state = { at: 'done' };
    return [{ kind: 'end' }];
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
        this.#line(state, Buffer.from(line).toString('latin1'), events);
        return true;
      }
    }
  }

  #line(state: State, line: string, events: ResponseEvent[]): void {
    if (state.at === 'status') this.#startLine(line);
    else if (state.at === 'header') line === '' ? this.#headEnd(events) : this.#header(line);
    else if (state.at === 'size') this.#chunkSize(line);
    else if (state.at === 'chunk-end') {
      if (line !== '') throw broken('a chunk is longer than it says');
      this.#state = { at: 'size' };
    } else if (line === '') this.#finish(events);
    else this.#counted();
  }

  #startLine(line: string): void {
    const [, version, status, reason = ''] =
      /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: ([^\u0000-\u0008\u000a-\u001f]*))?$/.exec(line) ?? [];
    if (version === undefined) throw broken('the answer is not HTTP/1.1');
    this.#status = { status: Number(status), reason, version };
    this.#headers = new Map();
    this.#state = { at: 'header' };
  }

  #header(line: string): void {
    this.#counted();
    const [, name, value = ''] =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\u0000-\u0008\u000a-\u001f\u007f]*)$/.exec(line) ?? [];
    if (name === undefined) throw broken('a header line is malformed');
    const key = name.toLowerCase();
    const before = this.#headers.get(key);
    const trimmed = value.trimEnd();
    if (key === 'content-length' && before !== undefined && before !== trimmed) throw broken('two Content-Lengths');
    this.#headers.set(key, before === undefined || key === 'content-length' ? trimmed : `${before}, ${trimmed}`);
  }

  #counted(): void {
    this.#count += 1;
    if (this.#count > HEADER_LINES) throw new CsError('CS_PEER_LIMIT', `more than ${HEADER_LINES} header lines`);
  }

  #headEnd(events: ResponseEvent[]): void {
    const { status, reason, version } = this.#status;
    if (status < 200 && status !== 101) {
      this.#interim += 1;
      if (this.#interim > INTERIM) throw new CsError('CS_PEER_LIMIT', 'too many interim answers');
      this.#state = { at: 'status' };
      return;
    }
    const connection = this.#headers.get('connection')?.toLowerCase() ?? '';
    this.#keepAlive = version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
    events.push({ kind: 'head', head: { status, reason, headers: this.#headers } });
    this.#bodyFollows(status, version, events);
  }

  /** RFC 9112 section 6.3. */
  #bodyFollows(status: number, version: string, events: ResponseEvent[]): void {
    const coding = this.#headers.get('transfer-encoding');
    const length = this.#headers.get('content-length');
    if (coding !== undefined && (length !== undefined || version === '1.0')) throw broken('two lengths of one answer');
    if (this.#method === 'HEAD' || status === 204 || status === 304) this.#finish(events);
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw broken('an unknown transfer coding');
      this.#state = { at: 'size' };
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw broken('a malformed Content-Length');
      this.#state = { at: 'data', left: Number(length), chunked: false };
      if (length === '0') this.#finish(events);
    } else {
      this.#keepAlive = false;
      this.#state = { at: 'until-close' };
    }
  }

  #chunkSize(line: string): void {
    const [, digits] = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;.{0,4096})?$/.exec(line) ?? [];
    if (digits === undefined) throw broken('a malformed chunk');
    const left = Number.parseInt(digits, 16);
    this.#state = left === 0 ? { at: 'trailer' } : { at: 'data', left, chunked: true };
  }

  #data(state: { left: number; chunked: boolean }, events: ResponseEvent[]): boolean {
    const bytes = this.#lines.take(state.left);
    if (bytes.length === 0) return false;
    events.push({ kind: 'data', bytes });
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
    events.push({ kind: 'end' });
  }
}

function broken(what: string): CsError {
  return new CsError('CS_PEER_PROTOCOL', `HTTP: ${what}`);
}
