/** The server's end of one WebSocket: what comes is iterated, what goes waits for the peer, silence is broken by a ping. */
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Connection, EndedBy } from '../../../contracts/connection.ts';
import { Budget, type Rate } from './budget.ts';
import { WsFailure } from './failure.ts';
import type { WsIn, WsOut } from './said.ts';
import type { WsWire } from './wire.ts';

export interface EndRules {
  /** Octets that may wait for a peer that does not read, before 1013. */
  readonly queueBytes: number;
  /** Milliseconds of silence before a ping; after as long again it is over. */
  readonly keepalive: number;
  /** Octets a second that must be taken while something waits; 0: none. */
  readonly minimumRate: number;
  readonly rate: Rate;
}

interface Parts {
  readonly conn: Connection;
  readonly stream: Duplex;
  readonly wire: WsWire;
  readonly subprotocol: string;
  readonly rules: EndRules;
}

const DONE = Promise.resolve();
/** Milliseconds for the peer's Close after ours. */
const FAREWELL = 2000;
/** Milliseconds for a peer that lets us wait too long to take the last words. */
const LINGER = 1000;

export class WebSocketEnd implements AsyncIterable<string | Buffer> {
  readonly conn: Connection;
  readonly subprotocol: string;
  readonly #stream: Duplex;
  readonly #wire: WsWire;
  readonly #rules: EndRules;
  readonly #budget: Budget;
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #armed = performance.now();
  #by: EndedBy = 'C';
  /** Resolves when the peer has taken what waits. */
  #taken: Promise<void> | undefined;
  #ended = false;

  constructor({ conn, stream, wire, subprotocol, rules }: Parts) {
    this.conn = conn;
    this.subprotocol = subprotocol;
    this.#stream = stream;
    this.#wire = wire;
    this.#rules = rules;
    this.#budget = new Budget(rules.rate, this.#armed);
    this.#timer = setTimeout(this.#ping, rules.keepalive);
    stream.once('close', () => this.#end());
    conn.phase = 'I';
    conn.deadline(rules.keepalive * 2);
    conn.draining.addEventListener('abort', this.#drain, { once: true });
    if (conn.draining.aborted) this.#drain();
  }

  /** Aborts once nothing more can be said. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Messages until the end, whoever brings it about; to be iterated once, or nothing is ever read. Throws our own bugs only. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, undefined> {
    try {
      // Not destroyed at its end: our last words are still on their way.
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
        const now = this.#hear();
        for (const said of this.#wire.receive(chunk as Buffer)) {
          if (!this.#budget.spend(now)) throw new WsFailure(1008, 'too many frames');
          const message = this.#take(said);
          if (message !== undefined) yield message;
        }
        if (this.#wire.state === 'closed') break;
      }
    } catch (thrown) {
      if (thrown instanceof WsFailure) this.#fail(thrown);
      else if (!this.#stream.destroyed) throw thrown;
    } finally {
      this.#end();
    }
  }

  /** Resolves when it may be forgotten: at once, or when the peer has taken what waits. After the end it goes nowhere. */
  send(message: string | Uint8Array): Promise<void> {
    return this.#say(
      typeof message === 'string' ? { kind: 'text', text: message } : { kind: 'binary', bytes: message },
    );
  }

  /** Says Close; the end comes with the peer's, or two seconds later. */
  close(code = 1000, reason = '', by: EndedBy = 'S'): void {
    if (!this.#wire.speaks) return;
    if (this.#wire.state === 'open') this.#by = by;
    void this.#say({ kind: 'close', code, reason });
    this.#over.abort();
    this.conn.deadline(FAREWELL);
  }

  /** A message for whoever iterates; what is about the connection is answered here. */
  #take(said: WsIn): string | Buffer | undefined {
    switch (said.kind) {
      case 'ping':
        void this.#say({ kind: 'pong', bytes: said.bytes });
        return undefined;
      case 'close':
        // The same code comes back (section 5.5.1).
        this.conn.phase = 'Q';
        this.close(said.code);
        return undefined;
      case 'pong':
        return undefined;
      default:
        // What was on its way when we said Close is for nobody.
        return this.#wire.speaks ? (said.kind === 'text' ? said.text : said.bytes) : undefined;
    }
  }

  #say(out: WsOut): Promise<void> {
    const stream = this.#stream;
    if (!this.#wire.speaks || !stream.writable) return DONE;
    if (stream.writableLength > this.#rules.queueBytes && out.kind !== 'close') {
      this.#fail(new WsFailure(1013, 'the client does not read'));
      this.#end();
      // Who has not read until now gets no more than this to begin.
      const force = setTimeout(() => stream.destroy(), LINGER);
      stream.once('close', () => clearTimeout(force));
      return DONE;
    }
    if (stream.write(this.#wire.send(out))) return DONE;
    this.#taken ??= this.#untilTaken();
    return this.#taken;
  }

  /** Who takes what waits too slowly meets the connection's deadline. */
  async #untilTaken(): Promise<void> {
    const stream = this.#stream;
    this.#arm();
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        stream.off('drain', settle).off('close', settle);
        resolve();
      };
      stream.on('drain', settle).on('close', settle);
    });
    this.#taken = undefined;
    this.#arm();
  }

  /** @returns now */
  #hear(): number {
    const now = performance.now();
    // A deadline may come this much too early: it is not moved for every chunk.
    if (now - this.#armed >= this.#rules.keepalive / 16 && this.#taken === undefined) this.#arm(now);
    return now;
  }

  #arm(now = performance.now()): void {
    if (!this.#wire.speaks || this.#ended) return;
    const { keepalive, minimumRate } = this.#rules;
    this.#armed = now;
    this.#timer.refresh();
    if (this.#taken !== undefined && minimumRate > 0) this.conn.deadline(0, minimumRate);
    else this.conn.deadline(keepalive * 2);
  }

  readonly #ping = (): void => {
    this.#timer.refresh();
    if (!this.#stream.writableNeedDrain) void this.#say({ kind: 'ping', bytes: Buffer.alloc(0) });
  };

  readonly #drain = (): void => this.close(1001, 'the server is shutting down', 'X');

  #fail({ closeCode, message, code }: WsFailure): void {
    this.close(closeCode, message, code === 'CS_PEER_LIMIT' ? 'L' : 'S');
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.conn.draining.removeEventListener('abort', this.#drain);
    this.#over.abort();
    if (!this.#stream.readableEnded) this.close();
    void this.conn.close(this.#by);
    // Unread octets would turn our last words into a reset.
    this.#stream.resume();
  }
}
