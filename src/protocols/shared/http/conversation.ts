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
  #refused = false;
  /** Ends when the newest request has been answered. */
  #turn: Promise<void> | undefined;
  #begun = 0;
  #answered = 0;
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

  /** A request was answered without us, at once. */
  passed(): void {
    this.#begun += 1;
    this.#answered += 1;
    this.conn.phase = 'I';
    this.#idleSince = this.conn.bytesIn;
  }

  /** Pipelined requests are served one after the other, as they were written. */
  inTurn(serve: () => Promise<void>): void {
    const before = this.#turn;
    this.#turn = before === undefined ? serve() : before.then(serve);
  }

  /** Whether the answer must say that it is the last. */
  isLast(message: IncomingMessage): boolean {
    return (
      this.#over || this.conn.draining.aborted || this.#answered + 1 >= this.#limits.requests || !drainable(message)
    );
  }

  /** Its answer is on the way: nothing after it counts. */
  last(): void {
    this.#over = true;
  }

  /** Its answer is out. */
  end(): void {
    if (this.#refused) return;
    this.#open -= 1;
    this.#answered += 1;
    if (this.#open > 0 || this.conn.signal.aborted) return;
    this.#turn = undefined;
    if (this.#over || this.conn.draining.aborted) return void this.close('S');
    this.conn.phase = 'I';
    this.#idleSince = this.conn.bytesIn;
    this.conn.deadline(this.#limits.idleTime);
  }

  /** The parser's refusal was the answer; there is nobody to give another one to. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Answer what the parser could not read, unless the octets would land inside another answer. */
  refuse(error: CsError): void {
    const answered = this.#over && this.#open === 0;
    const inside = this.#open > 1 || this.#response?.headersSent === true;
    this.#over = true;
    if (answered) return;
    this.#refused = true;
    if (!(this.#open > 0 && inside) && this.stream.writable) this.stream.write(rawReply(error));
    this.#open = 0;
    void this.conn.close('S');
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
