/** The strict HTTP/1.1 server core: `node:http` reads and writes, everything that it lets through is decided here. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../../contracts/connection.ts';
import type { Handler, Limits } from '../../../contracts/protocol.ts';
import type { Log } from '../../../contracts/store.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { type AdmissionRules, type Admitted, admit } from './admission.ts';
import type { Answered } from './answered.ts';
import { Answering, type Made } from './answering.ts';
import type { BodyLimits } from './body.ts';
import { HttpConversation } from './conversation.ts';
import { FastPath, type ReadySource } from './fast-path.ts';
import type { H2Core } from './h2.ts';
import { HEADER_OCTETS, type Misread, misreading } from './misread.ts';
import { HttpRefusal } from './refusal.ts';
import { failureReply, type Reply, writeReply } from './reply.ts';
import { AdmittedRequest } from './request.ts';
import { type HttpRequest, type Route, RouteTable, type UpgradeRoute } from './route.ts';
import { upgrade } from './upgrade.ts';

export interface HttpConfig extends AdmissionRules {
  readonly routes?: readonly (Route | UpgradeRoute)[];
  /** Answers where no path is known beforehand, in the place of `routes`. */
  readonly answer?: (request: HttpRequest) => Promise<Reply> | Reply;
  /** Told of every request when its answer is out, or its peer gone. */
  readonly answered?: (exchange: Answered) => void;
  readonly limits: Pick<Limits, 'handshakeTime' | 'idleTime' | 'minimumRate'>;
  /** Octets of a request's content, unless its route says otherwise; 1 MiB. */
  readonly bodyBytes?: number;
  /** Requests of one connection; 1,000. */
  readonly requests?: number;
  /** Asked before the path is looked at; throws to refuse (401, 403). */
  readonly gate?: (request: HttpRequest) => void | Promise<void>;
  /** Answers that stand ready, without `node:http`; only where `gate` has nothing to say. */
  readonly ready?: ReadySource;
  /** Asked for every request: true is 503. */
  readonly overloaded?: () => boolean;
  /**
   * Who says FIN behind a request has its answer all the same. Whoever waits for long must not set it: a client that is
   * gone would be seen only when something is written to him.
   */
  readonly halfOpen?: boolean;
  readonly log: Log;
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly conversation: HttpConversation;
  /** `performance.now()` at its head. */
  readonly began: number;
  request?: HttpRequest;
}

const IDLE = 15_000;

/** One for a whole door: what it returns handles one connection each, and resolves when that is gone. */
export function createHttp(config: HttpConfig): Handler {
  const core = new HttpCore(config);
  return (conn) => core.serve(conn);
}

class HttpCore {
  readonly #config: HttpConfig;
  readonly #routes: RouteTable;
  readonly #server: Server;
  readonly #conversations = new WeakMap<Duplex, HttpConversation>();
  readonly #bodyLimits: BodyLimits;
  readonly #answering: Answering;
  readonly #fast: FastPath | undefined;
  #h2: H2Core | undefined;
  readonly #idleTime: number;

  constructor(config: HttpConfig) {
    this.#config = config;
    this.#routes = new RouteTable(config.routes ?? []);
    this.#answering = new Answering(config, this.#routes);
    const { handshakeTime: grace, minimumRate } = config.limits;
    this.#bodyLimits = { bytes: config.bodyBytes ?? 1024 * 1024, minimumRate, grace };
    this.#idleTime = Math.min(config.limits.idleTime || IDLE, IDLE);
    if (config.ready)
      this.#fast = new FastPath({ ...config, ready: config.ready, idleTime: this.#idleTime, minimumRate });
    this.#server = createServer({
      maxHeaderSize: HEADER_OCTETS,
      insecureHTTPParser: false,
      // Checked here, with an answer of our own.
      requireHostHeader: false,
      keepAliveTimeout: 0,
    });
    // Beyond it node:http would drop headers without a word.
    this.#server.maxHeadersCount = 0;
    Object.assign(this.#server, { httpAllowHalfOpen: config.halfOpen === true });
    this.#server.on('request', (message, response) => this.#answer(message, response));
    this.#server.on('checkContinue', (message, response) => this.#answer(message, response));
    this.#server.on('checkExpectation', (message, response) => {
      this.#answer(message, response, new HttpRefusal(417, 'only 100-continue can be expected'));
    });
    this.#server.on('connect', (_message, stream: Duplex) =>
      this.#refuseStream(stream, 405, 'CONNECT is not possible here'),
    );
    if (this.#routes.upgrades) {
      this.#server.on('upgrade', (message, stream: Duplex, early) => this.#upgrade(message, stream, early));
    }
    this.#server.on('clientError', (error, stream: Duplex) => this.#misread(error, stream));
  }

  async serve(conn: Connection): Promise<void> {
    const { limits, requests = 1000 } = this.#config;
    if (conn.tls?.alpn === 'h2') return this.#second(conn);
    const conversation = new HttpConversation(conn, {
      headerTime: limits.handshakeTime,
      idleTime: this.#idleTime,
      requests,
    });
    const { stream } = conversation;
    this.#conversations.set(stream, conversation);
    const gone = new Promise<void>((resolve) => {
      if (stream.closed) resolve();
      else stream.once('close', () => resolve());
    });
    if (this.#fast) this.#fast.serve(conversation, () => this.#take(stream));
    else this.#take(stream);
    await gone;
  }

  /** HTTP/2 is loaded when somebody speaks it. */
  async #second(conn: Connection): Promise<void> {
    const { H2Core } = await import('./h2.ts');
    this.#h2 ??= new H2Core({
      ...this.#config,
      answering: this.#answering,
      bodyLimits: this.#bodyLimits,
      idleTime: this.#idleTime,
    });
    await this.#h2.serve(conn);
  }

  #take(stream: Duplex): void {
    this.#server.emit('connection', stream);
    if (stream.isPaused()) stream.resume();
  }

  /** Admission is decided at once: what is pipelined behind a refused request must not be looked at. */
  #answer(message: IncomingMessage, response: ServerResponse, refusal?: HttpRefusal): void {
    const conversation = this.#conversations.get(message.socket);
    if (!conversation?.begin(response)) return void message.resume();
    response.on('error', () => {});
    const { conn } = conversation;
    const exchange: Exchange = { message, response, conversation, began: performance.now() };
    try {
      const admitted = admit(message, conn, this.#config);
      if (refusal) throw refusal;
      conversation.inTurn(() => this.#exchange(exchange, admitted));
    } catch (error) {
      const made = this.#answering.failure(error, conn);
      if (made.ends) conversation.last(message);
      conversation.inTurn(() => this.#send(exchange, made));
    }
  }

  async #exchange(exchange: Exchange, admitted: Admitted): Promise<void> {
    if (exchange.conversation.isBroken(exchange.response)) return;
    const { message, response, conversation } = exchange;
    const request = new AdmittedRequest({
      head: message,
      content: message,
      response,
      // Who speaks HTTP/1.0 may not know what 100 is (RFC 9110 section 10.1.1).
      proceed: () => message.httpVersion !== '1.0' && response.writeContinue(),
      conn: conversation.conn,
      pace: conversation.conn,
      admitted,
      limits: this.#bodyLimits,
    });
    exchange.request = request;
    await this.#send(exchange, await this.#answering.make(request));
  }

  async #send(exchange: Exchange, made: Made): Promise<void> {
    const { message, response, conversation } = exchange;
    if (conversation.isBroken(response)) return;
    const { conn } = conversation;
    const last = made.ends || conversation.isLast(message);
    if (last) conversation.last(message);
    conn.phase = 'D';
    let octets = 0;
    try {
      const how = { head: message.method === 'HEAD', last, minimumRate: this.#config.limits.minimumRate };
      octets = await writeReply(response, made.reply, conn, how);
    } catch (error) {
      this.#broken(error, response, conn);
    }
    this.#config.answered?.(answeredBy(exchange, octets));
    conversation.end();
  }

  /** Nothing sent yet: it can still be told. Else only an end before the end shows the client that something is missing. */
  #broken(thrown: unknown, response: ServerResponse, conn: Connection): void {
    const error = asCsError(thrown);
    if (!conn.signal.aborted) {
      this.#config.log('error', 'http.broken', { conn: conn.id, code: error.code, reason: error.message });
    }
    if (response.headersSent) return void response.destroy();
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    const reply = failureReply(new CsError('CS_BUG', 'internal error'));
    response.writeHead(reply.status, { Connection: 'close' });
    response.end(reply.body);
  }

  #upgrade(message: IncomingMessage, stream: Duplex, early: Buffer): void {
    const conversation = this.#conversations.get(stream);
    if (!conversation) return void stream.destroy();
    const again = (): void => this.#take(stream);
    const config = { ...this.#config, routes: this.#routes, bodyLimits: this.#bodyLimits };
    void upgrade({ message, early, conversation, again }, config);
  }

  #refuseStream(stream: Duplex, status: number, words: string): void {
    this.#conversations.get(stream)?.refuse(new HttpRefusal(status, words));
  }

  #misread(error: Misread, stream: Duplex): void {
    const conversation = this.#conversations.get(stream);
    if (!conversation) return void stream.destroy();
    const parser = error.code?.startsWith('HPE_') || error.code?.startsWith('ERR_HTTP');
    if (!parser) return void stream.destroy();
    conversation.refuse(misreading(error));
  }
}

function answeredBy({ message, response, conversation, began, request }: Exchange, octets: number): Answered {
  return {
    conn: conversation.conn,
    method: message.method ?? '',
    target: message.url ?? '',
    version: message.httpVersion,
    status: response.statusCode,
    octets,
    ms: performance.now() - began,
    headers: message.rawHeaders,
    ...(request ? { request, named: request } : {}),
  };
}
