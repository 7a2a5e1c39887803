/** One connection's requests, in order: its deadlines, its last one, its drain. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../../contracts/connection.ts';
import { CsError } from '../../../kit/errors.ts';
import { rawReply } from './reply.ts';

export interface ConversationLimits {
  /** Milliseconds from the first octet of a request to the end of its header. */
  readonly headerTime: number;
  /** Milliseconds between two requests, the next one's header included. */
  readonly idleTime: number;
  readonly requests: number;
}

export class HttpConversation {
  readonly conn: Connection;
  readonly stream: Duplex;
  readonly #limits: ConversationLimits;
  #open = 0;
  /** Of the newest request. */
  #response: ServerResponse | undefined;
  /** The request whose content could not be read. */
  #broken: ServerResponse | undefined;
  /** What is said once everything before it was answered, and how many answers are still open then. */
  #refusal: { readonly say: () => void; readonly at: number } | undefined;
  /** Ends when the newest request has been answered. */
  #turn: Promise<void> | undefined;
  #begun = 0;
  #answered = 0;
  /** The one after which the connection ends. */
  #final: IncomingMessage | undefined;
  /** No further request is looked at. */
  #over = false;
  #idleSince = 0;

  constructor(conn: Connection, limits: ConversationLimits) {
    this.conn = conn;
    this.#limits = limits;
    this.stream = conn.duplex();
    // node:http ends a conversation by this; ours reads on for a second, or unread octets turn the answer into a reset.
    (this.stream as { destroySoon?: () => void }).destroySoon = () => void conn.close('S');
    conn.phase = 'C';
    conn.deadline(limits.headerTime);
    conn.signal.addEventListener('abort', () => this.#late(), { once: true });
    conn.draining.addEventListener('abort', this.#drain, { once: true });
    this.stream.once('close', () => conn.draining.removeEventListener('abort', this.#drain));
  }

  /** A request came. False: it is one too many, or came after the end. */
  begin(response?: ServerResponse): boolean {
    if (this.#over || this.conn.signal.aborted || this.#begun >= this.#limits.requests) return false;
    this.#open += 1;
    this.#response = response;
    this.#begun += 1;
    this.conn.phase = 'C';
    this.conn.deadline(0);
    return true;
  }

  /** The next request must be the last, or nothing more may come: no answer that stands ready says so. */
  get ending(): boolean {
    return this.#over || this.#begun + 1 >= this.#limits.requests || this.conn.draining.aborted;
  }

  /** Something is not answered yet. */
  get busy(): boolean {
    return this.#open > 0;
  }

  /** A request was answered without us, at once. */
  passed(): void {
    this.#begun += 1;
    this.#answered += 1;
    this.conn.phase = 'I';
  }

  /** Whoever reads takes whole requests only, until `halfRead`. */
  nothingHalfRead(): void {
    this.#idleSince = Number.POSITIVE_INFINITY;
  }

  /** @param octets that were read of what comes next */
  halfRead(octets: number): void {
    this.#idleSince = this.conn.bytesIn - octets;
  }

  /** Pipelined requests are served one after the other, as they were written. */
  inTurn(serve: () => Promise<void>): void {
    const before = this.#turn;
    this.#turn = before === undefined ? serve() : before.then(serve);
  }

  /** Whether the answer must say that it is the last. */
  isLast(message: IncomingMessage): boolean {
    if (this.#refusal) return false;
    if (this.#final) return message === this.#final;
    return (
      this.#over || this.conn.draining.aborted || this.#answered + 1 >= this.#limits.requests || !drainable(message)
    );
  }

  /** Nothing after it counts; what came before it is answered as ever. */
  last(message?: IncomingMessage): void {
    this.#over = true;
    this.#final ??= message;
  }

  /** Its answer is out. */
  end(): void {
    this.#open -= 1;
    this.#answered += 1;
    if (this.#refusal && this.#open === this.#refusal.at) {
      this.#refusal.say();
      return;
    }
    if (this.#open > 0 || this.conn.signal.aborted) return;
    this.#turn = undefined;
    if (this.#over || this.conn.draining.aborted) return void this.close('S');
    this.conn.phase = 'I';
    this.#idleSince = this.conn.bytesIn;
    this.conn.deadline(this.#limits.idleTime);
  }

  /** The parser's refusal is its answer; there is nobody to give another one to. */
  isBroken(response: ServerResponse): boolean {
    return response === this.#broken;
  }

  /** Answer what the parser could not read, after everything before it, unless the octets would land inside another answer. */
  refuse(error: CsError): void {
    // What ends it is said already, or about to be.
    if (this.#refusal || this.#final || (this.#over && this.#open === 0)) return;
    this.#over = true;
    const response = this.#response;
    const content = this.#open > 0 && response !== undefined && !response.req.complete;
    if (content) this.#broken = response;
    const say = (): void => {
      if (!(content && response.headersSent) && this.stream.writable) this.stream.write(rawReply(error));
      this.#open = 0;
      void this.conn.close('S');
    };
    this.#refusal = { say, at: content ? 1 : 0 };
    if (this.#open === this.#refusal.at) say();
  }

  close(by: 'S' | 'L' | 'X'): void {
    this.#over = true;
    if (this.#open === 0 && by === 'S') this.conn.phase = 'Q';
    void this.conn.close(by);
  }

  #drain = (): void => {
    if (this.#open === 0) this.close('X');
  };

  /** A deadline passed. A request half sent is told so; a silent connection just ends. */
  #late(): void {
    const { reason } = this.conn.signal;
    if (!(reason instanceof CsError) || reason.code !== 'CS_TIMEOUT' || this.#open > 0) return;
    this.#over = true;
    if (!this.stream.writable) return;
    if (this.conn.bytesIn > this.#idleSince) this.stream.write(rawReply(reason));
    this.stream.end();
  }
}

const DRAINED = 64 * 1024;

/** What is left of the request's body is little enough to be read away. */
function drainable(message: IncomingMessage): boolean {
  if (message.complete || message.method === undefined) return true;
  const { 'content-length': length, 'transfer-encoding': coding } = message.headers;
  if (coding !== undefined) return false;
  return Number(length ?? 0) <= DRAINED;
}
