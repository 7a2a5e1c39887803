/** One HTTP/2 connection's streams: its deadline, its drain, its end. */
import type { EventEmitter } from 'node:events';
import { constants, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { Connection, EndedBy } from '../../../contracts/connection.ts';
import type { Log } from '../../../contracts/store.ts';
import { Calm } from './h2-calm.ts';
import { Untaken } from './h2-untaken.ts';

/** A request as it came. */
export interface Begun {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, pseudo-headers too. */
  readonly raw: readonly string[];
  /** Nothing follows its head. */
  readonly whole: boolean;
}

export interface H2ConversationParts {
  readonly conn: Connection;
  readonly session: ServerHttp2Session;
  /** Milliseconds without a stream. */
  readonly idleTime: number;
  readonly minimumRate: number;
  readonly begun: (begun: Begun, conversation: H2Conversation) => void;
  readonly log: Log;
}

export class H2Conversation {
  readonly conn: Connection;
  readonly untaken: Untaken;
  readonly #parts: H2ConversationParts;
  readonly #calm = new Calm(performance.now());
  #flooded = false;
  #open = 0;

  constructor(parts: H2ConversationParts) {
    const { conn, session, minimumRate, log } = parts;
    this.#parts = parts;
    this.conn = conn;
    this.untaken = new Untaken(minimumRate);
    // Its types forget the fourth argument, which has the fields as they came.
    (session as EventEmitter).on('stream', this.#begin);
    session.on('ping', this.#forNothing).on('remoteSettings', this.#forNothing);
    conn.draining.addEventListener('abort', this.#drain, { once: true });
    conn.signal.addEventListener('abort', this.#late, { once: true });
    session.once('close', () => {
      this.untaken.clear();
      conn.draining.removeEventListener('abort', this.#drain);
      void conn.close('S');
    });
    session.on('error', (error) => log('debug', 'http2.session', { conn: conn.id, reason: error.message }));
    if (conn.draining.aborted) this.#drain();
  }

  readonly #begin = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    raw: readonly string[],
  ): void => {
    const { conn } = this;
    this.#open += 1;
    if (this.#open === 1) {
      conn.deadline(0);
      conn.phase = 'D';
    }
    stream.on('error', nothing);
    stream.on('close', () => this.#end(stream));
    if (this.#flooded) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    this.#parts.begun({ stream, headers, raw, whole: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 }, this);
  };

  #end(stream: ServerHttp2Stream): void {
    const { conn } = this;
    this.untaken.delete(stream);
    this.#open -= 1;
    // Taken back, also where the answer was given already, of which the newer libraries make no abort.
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.#forNothing();
    if (this.#open > 0) return;
    if (conn.draining.aborted) {
      this.#over('X');
      return;
    }
    conn.phase = 'I';
    conn.deadline(this.#parts.idleTime);
  }

  /** Its last frame leaves in a turn of its own. */
  #over(by: EndedBy): void {
    setImmediate(() => this.conn.close(by));
  }

  readonly #forNothing = (): void => {
    const { session, log } = this.#parts;
    if (this.#calm.spend(performance.now()) || session.destroyed || this.#flooded) return;
    this.#flooded = true;
    log('warn', 'http2.flood', { conn: this.conn.id, peer: this.conn.peer.address });
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#over('L');
  };

  readonly #drain = (): void => {
    const { session } = this.#parts;
    if (!session.destroyed) session.close();
    if (this.#open === 0) this.#over('X');
  };

  readonly #late = (): void => {
    const { session } = this.#parts;
    if (!session.destroyed) session.destroy();
  };
}

function nothing(): void {}
