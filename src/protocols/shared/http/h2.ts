/** HTTP/2 (RFC 9113) by the stream API of `node:http2`: the same admission, the same answers, many at once on a connection. */
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../../../contracts/connection.ts';
import type { Log } from '../../../contracts/store.ts';
import { asCsError, type CsError } from '../../../kit/errors.ts';
import { type AdmissionRules, admit, type RequestHead } from './admission.ts';
import type { Answered } from './answered.ts';
import type { Answering, Made } from './answering.ts';
import type { BodyLimits } from './body.ts';
import type { ReadySource } from './fast-path.ts';
import { type Begun, H2Conversation } from './h2-conversation.ts';
import { headOf } from './h2-head.ts';
import { StreamPace } from './h2-pace.ts';
import { H2Ready } from './h2-ready.ts';
import { writeStream } from './h2-reply.ts';
import { AdmittedRequest } from './request.ts';
import type { HttpRequest } from './route.ts';

export interface H2Config extends AdmissionRules {
  readonly answering: Answering;
  readonly bodyLimits: BodyLimits;
  readonly answered?: (exchange: Answered) => void;
  readonly ready?: ReadySource;
  readonly overloaded?: () => boolean;
  /** Milliseconds without a stream. */
  readonly idleTime: number;
  readonly log: Log;
}

/** Requests of one connection at a time; more are refused by the peer's own library. */
const STREAMS = 100;
const HEADER_OCTETS = 16 * 1024;
const HEADER_LINES = 200;

interface Exchange {
  readonly stream: ServerHttp2Stream;
  readonly head: RequestHead;
  readonly conn: Connection;
  readonly pace: StreamPace;
  readonly began: number;
  request?: HttpRequest;
}

export class H2Core {
  readonly #config: H2Config;
  readonly #server: Http2Server;
  /** Sessions begin within `emit`; what they hand out of their socket is no key to find it again. */
  #opening: Connection | undefined;
  readonly #ready: H2Ready | undefined;

  constructor(config: H2Config) {
    this.#config = config;
    if (config.ready) this.#ready = new H2Ready({ ...config, ready: config.ready });
    this.#server = createServer({
      settings: {
        maxConcurrentStreams: STREAMS,
        maxHeaderListSize: HEADER_OCTETS,
        initialWindowSize: 1024 * 1024,
        enableConnectProtocol: false,
      },
      // MiB. Answers are written as they are taken, so it bounds what peers can make us hold, not what they can ask for.
      maxSessionMemory: 64,
      maxHeaderListPairs: HEADER_LINES,
      maxSettings: 32,
      maxOutstandingPings: 10,
    });
    this.#server.on('session', (session) => this.#begin(session));
    this.#server.on('sessionError', () => {});
  }

  /** Resolves when the connection is gone. */
  async serve(conn: Connection): Promise<void> {
    const duplex = conn.duplex();
    conn.phase = 'C';
    conn.deadline(this.#config.idleTime);
    const gone = new Promise<void>((resolve) => {
      if (duplex.closed) resolve();
      else duplex.once('close', () => resolve());
    });
    this.#opening = conn;
    this.#server.emit('connection', duplex);
    this.#opening = undefined;
    await gone;
  }

  #begin(session: ServerHttp2Session): void {
    const conn = this.#opening;
    if (!conn) {
      session.destroy();
      return;
    }
    const { idleTime, log, bodyLimits } = this.#config;
    new H2Conversation({ conn, session, idleTime, minimumRate: bodyLimits.minimumRate, log, begun: this.#begun });
  }

  readonly #begun = (begun: Begun, conversation: H2Conversation): void => {
    const otherwise = (): void => void this.#answer(begun, conversation.conn);
    if (!this.#ready?.answer(begun, conversation, otherwise)) otherwise();
  };

  async #answer({ stream, headers, raw }: Begun, conn: Connection): Promise<void> {
    const pace = new StreamPace(stream, conn);
    const began = performance.now();
    let exchange: Exchange | undefined;
    let made: Made;
    try {
      const head = headOf(headers, raw, conn.secure);
      exchange = { stream, head, conn, pace, began };
      const admitted = admit(head, conn, this.#config);
      const request = new AdmittedRequest({
        head,
        content: stream,
        response: stream,
        proceed: () => stream.additionalHeaders({ ':status': 100 }),
        conn,
        pace,
        admitted,
        limits: this.#config.bodyLimits,
      });
      exchange.request = request;
      made = await this.#config.answering.make(request);
    } catch (error) {
      made = this.#config.answering.failure(error, conn);
    }
    await this.#send(exchange ?? { stream, head: refusedHead(headers), conn, pace, began }, made);
  }

  async #send(exchange: Exchange, { reply }: Made): Promise<void> {
    const { stream, head, pace, conn } = exchange;
    let octets = 0;
    try {
      const how = { head: head.method === 'HEAD', minimumRate: this.#config.bodyLimits.minimumRate };
      octets = await writeStream(stream, reply, pace, how);
    } catch (error) {
      this.#broken(asCsError(error), stream, conn);
    }
    pace.deadline(0);
    // Nobody reads what is left of the request (RFC 9113 section 8.1).
    if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    this.#tell(exchange, reply.status, octets);
  }

  #tell({ conn, head, began, request }: Exchange, status: number, octets: number): void {
    this.#config.answered?.({
      conn,
      method: head.method ?? '',
      target: head.url ?? '',
      version: '2',
      status,
      octets,
      ms: performance.now() - began,
      headers: head.rawHeaders,
      ...(request ? { request, named: request } : {}),
    });
  }

  #broken(error: CsError, stream: ServerHttp2Stream, conn: Connection): void {
    if (stream.aborted || conn.signal.aborted) return;
    this.#config.log('error', 'http.broken', { conn: conn.id, code: error.code, reason: error.message });
    if (!stream.closed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

function refusedHead(headers: IncomingHttpHeaders): RequestHead {
  const { ':method': method = '', ':path': url = '' } = headers;
  return { method, url, httpVersion: '2', rawHeaders: [], headers: {} };
}
