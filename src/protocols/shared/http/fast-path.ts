/**
 * Answers that stand ready, straight from the socket: one read, one write. Only for requests of `recognise`; the first other
 * octet hands the connection over, with everything that was read and not answered, and for good.
 */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { AdmissionRules } from './admission.ts';
import type { Answered } from './answered.ts';
import type { HttpConversation } from './conversation.ts';
import { type Heads, KnownHeads, LONGEST_HEAD, remember } from './known-heads.ts';
import { type Recognised, recognise } from './recognise.ts';

/** A whole answer on a connection that goes on. */
export interface ReadyAnswer {
  readonly status: number;
  /** Octets of its content. */
  readonly content: number;
  /** Head and content for HTTP/1.1; never changed afterwards. */
  bytes(): Buffer;
  /** The same for HTTP/2, where the head is no text: `:status` and names in lower case, without Date. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

/** Undefined: not ready, and not to be made so; `node:http` answers. */
export type ReadySource = (
  request: Recognised,
  now: number,
) => ReadyAnswer | Promise<ReadyAnswer | undefined> | undefined;

export interface FastPathConfig extends AdmissionRules {
  readonly ready: ReadySource;
  readonly answered?: (exchange: Answered) => void;
  readonly overloaded?: () => boolean;
  /** Milliseconds between two requests. */
  readonly idleTime: number;
  readonly minimumRate: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** The idle deadline may come this much (ms) too early: it is not moved for every request. */
const REARM = 1000;

/** For a whole door. */
export class FastPath {
  readonly config: FastPathConfig;
  readonly #known = new KnownHeads();
  /** Those with octets that were not sent at once. */
  #unsent: FastConversation[] = [];

  constructor(config: FastPathConfig) {
    this.config = config;
  }

  /** @param leave takes the connection over; its stream is paused, what is to be read is in it */
  serve(conversation: HttpConversation, leave: () => void): void {
    new FastConversation(this, this.#known.of(conversation.conn), conversation, leave).start();
  }

  /** Over TLS what is sent is known a moment later: those that are waited for get another deadline only then. */
  unsent(conversation: FastConversation): void {
    this.#unsent.push(conversation);
    if (this.#unsent.length === 1) setImmediate(this.#look);
  }

  readonly #look = (): void => {
    const conversations = this.#unsent;
    this.#unsent = [];
    for (const conversation of conversations) conversation.look();
  };
}

class FastConversation {
  readonly #path: FastPath;
  readonly #config: FastPathConfig;
  readonly #heads: Heads;
  readonly #conversation: HttpConversation;
  readonly #stream: Duplex;
  readonly #leave: () => void;
  #armed = performance.now();
  /** For an answer that is being made ready. */
  #waiting = false;
  /** Somebody else has the connection. */
  #left = false;

  constructor(path: FastPath, heads: Heads, conversation: HttpConversation, leave: () => void) {
    this.#path = path;
    this.#config = path.config;
    this.#heads = heads;
    this.#conversation = conversation;
    this.#stream = conversation.stream;
    this.#leave = leave;
  }

  start(): void {
    this.#conversation.nothingHalfRead();
    this.#stream.on('data', this.#read).on('end', this.#ended);
  }

  readonly #read = (chunk: Buffer): void => {
    const config = this.#config;
    const stream = this.#stream;
    const conversation = this.#conversation;
    if (config.overloaded?.()) {
      this.#handOver(chunk);
      return;
    }
    const now = performance.now();
    let at = 0;
    let corked = false;
    while (at < chunk.length && !conversation.ending) {
      const end = chunk.indexOf(HEAD_END, at);
      if (end === -1 || end - at > LONGEST_HEAD) break;
      const request = this.#recognise(chunk.toString('latin1', at, end));
      const answer = request && config.ready(request, now);
      if (request === undefined || answer === undefined) break;
      if (answer instanceof Promise) {
        if (corked) stream.uncork();
        this.#wait(answer, request, chunk.subarray(at), end + HEAD_END.length - at);
        return;
      }
      at = end + HEAD_END.length;
      // Several answers of one turn leave in one piece.
      if (!corked && at < chunk.length) {
        corked = true;
        stream.cork();
      }
      this.#say(answer, request, now);
    }
    if (corked) stream.uncork();
    if (at < chunk.length) this.#handOver(at === 0 ? chunk : chunk.subarray(at));
    else this.#rest(now);
  };

  #recognise(head: string): Recognised | undefined {
    const known = this.#heads.get(head);
    if (known !== undefined) return known;
    const found = recognise(head, this.#conversation.conn, this.#config);
    if (found !== undefined) remember(this.#heads, head, found);
    return found;
  }

  #say(answer: ReadyAnswer, request: Recognised, began: number): void {
    this.#stream.write(answer.bytes(), this.#flushed);
    this.#conversation.passed();
    this.#config.answered?.({
      conn: this.#conversation.conn,
      method: request.method,
      target: request.target,
      version: '1.1',
      status: answer.status,
      octets: answer.content,
      ms: performance.now() - began,
      headers: request.rawHeaders,
      named: request,
    });
  }

  /** All that was read is answered, if not sent. */
  #rest(now: number): void {
    if (now - this.#armed >= REARM) {
      this.#armed = now;
      this.#conversation.conn.deadline(this.#config.idleTime);
    }
    if (this.#stream.writableNeedDrain) this.look();
    else if (this.#stream.writableLength > 0) this.#path.unsent(this);
  }

  /** Whether his answers are taken: then nothing but a rate is asked for. */
  look(): void {
    if (this.#left || this.#waiting || this.#stream.destroyed || this.#stream.writableLength === 0) return;
    this.#armed = 0;
    this.#conversation.conn.deadline(0, this.#config.minimumRate);
    // Who does not read his answers is not read from.
    if (this.#stream.writableNeedDrain) this.#stream.pause();
  }

  readonly #flushed = (): void => {
    const stream = this.#stream;
    if (this.#armed !== 0 || this.#waiting || this.#left || stream.writableLength > 0 || stream.destroyed) return;
    this.#rest(performance.now());
    stream.resume();
  };

  /** Nothing is read meanwhile. */
  #wait(answer: Promise<ReadyAnswer | undefined>, request: Recognised, chunk: Buffer, used: number): void {
    const began = performance.now();
    this.#waiting = true;
    this.#stream.pause();
    this.#conversation.conn.deadline(0);
    const go = (ready: ReadyAnswer | undefined): void => {
      this.#waiting = false;
      if (this.#stream.destroyed) return;
      if (ready === undefined) {
        this.#handOver(chunk);
        return;
      }
      this.#armed = 0;
      this.#say(ready, request, began);
      if (used < chunk.length) this.#stream.unshift(chunk.subarray(used));
      this.#rest(performance.now());
      if (!this.#stream.writableNeedDrain) this.#stream.resume();
    };
    answer.then(go, () => go(undefined));
  }

  /** Everything is answered: what was not would have been handed over. */
  readonly #ended = (): void => {
    void this.#conversation.conn.close('C');
  };

  #handOver(rest: Buffer): void {
    const stream = this.#stream;
    this.#left = true;
    this.#conversation.halfRead(rest.length);
    stream.off('data', this.#read).off('end', this.#ended);
    stream.pause();
    stream.unshift(rest);
    this.#leave();
  }
}
