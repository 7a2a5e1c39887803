/** What a server says, from its octets to responses; all of it bounded. */
import { CsError } from '../../../kit/errors.ts';
import type { Channel } from '../channel.ts';
import { type Line, type LineEvent, LineReader } from '../syntax/line-reader.ts';
import { isFreeText, parseResponse, type Response } from './response.ts';

/** Octets of one line of a response, literals apart: a search may find very many (trust.md CL-01). */
const LINE_LIMIT = 1024 * 1024;
/** Octets of a literal that is kept whole: a header, a name. */
const KEPT_LIMIT = 1024 * 1024;

export class Incoming {
  #channel: Channel;
  readonly #reader = new LineReader({ limit: LINE_LIMIT, isText: isFreeText });
  readonly #signal: AbortSignal;
  #events: Generator<LineEvent, void> | undefined;
  /** The server will say no more. */
  ended = false;

  constructor(channel: Channel, signal: AbortSignal) {
    this.#channel = channel;
    this.#signal = signal;
  }

  /** @param keep octets of a literal inside of it */
  async response(keep?: number): Promise<Response> {
    for (;;) {
      const event = await this.event();
      if (event.kind !== 'literal') return understood(event);
      this.admit(event, keep);
    }
  }

  /** Throws `CS_CANNOT_CONNECT` when the server says no more. */
  async event(): Promise<LineEvent> {
    for (;;) {
      const step = this.#events?.next();
      if (step && !step.done) return step.value;
      const chunk = await this.#channel.next();
      this.#signal.throwIfAborted();
      if (chunk.done) {
        this.ended = true;
        throw new CsError('CS_CANNOT_CONNECT', 'the server closed the connection');
      }
      this.#events = this.#reader.receive(chunk.value);
    }
  }

  /** A literal is kept, or handed out in pieces where `wanted` stands before it. Throws `CS_PEER_LIMIT`. */
  admit({ literal, before }: Extract<LineEvent, { kind: 'literal' }>, keep = KEPT_LIMIT, wanted?: RegExp): void {
    if (wanted?.test(textOf(before))) this.#reader.stream();
    else if (!(literal.size <= keep))
      throw new CsError('CS_PEER_LIMIT', `the server sends ${literal.size} octets where ${keep} are the most`);
  }

  /** From here on it comes another way. */
  from(channel: Channel): void {
    this.#channel = channel;
  }

  /** What came behind the last line, taken out: it belongs to nobody. */
  release(): Uint8Array {
    this.#events = undefined;
    return this.#reader.release();
  }
}

/** Throws `CS_PEER_PROTOCOL`. */
export function understood(event: LineEvent): Response {
  if (event.kind === 'line') return parseResponse(event.line);
  throw new CsError('CS_PEER_PROTOCOL', 'the server does not end its lines as IMAP does');
}

function textOf(line: Line): string {
  return line.filter((part) => typeof part === 'string').join('');
}
