/** Requests at one origin over dialled connections, one at a time on each; an idle one is used again. */
import { setMaxListeners } from 'node:events';
import type { Connection, DialTimings } from '../../../contracts/connection.ts';
import type { FieldLines, RequestBody } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';
import { Call } from './client-call.ts';
import { Content } from './client-content.ts';
import { encodeHead } from './client-head.ts';
import { Link } from './client-link.ts';
import type { ResponseHead } from './client-wire.ts';

export interface ClientRequest {
  readonly method: string;
  /** Path and query, encoded; the whole URL for a proxy that forwards. */
  readonly target: string | ((conn: Connection) => string);
  /** Behind those of the client; may depend on where they would go. */
  readonly headers?: FieldLines | ((conn: Connection) => FieldLines);
  readonly body?: RequestBody | string | Uint8Array;
}

export interface ClientTimings extends DialTimings {
  readonly first: number;
  readonly total: number;
}

export interface ClientResponse extends Omit<ResponseHead, 'version'> {
  readonly version: ResponseHead['version'] | '2';
  readonly conn: Connection;
  /** The content, once; leaving it early closes the connection. */
  readonly body: AsyncIterableIterator<Uint8Array>;
  /** The content is not wanted: a short rest is read, else the connection closes. */
  discard(): Promise<void>;
  trailers(): FieldLines;
  /** Milliseconds since the request was begun. */
  timings(): ClientTimings;
}

export interface HttpClientOptions {
  readonly dial: () => Promise<Connection>;
  /** The Host header. */
  readonly host: string;
  /** On every request. */
  readonly headers?: FieldLines;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** Connections kept for the next request; 4. A request never waits for one: who holds an answer might wait for it. */
  readonly kept?: number;
}

/** Servers drop idle connections; an older one is not trusted any more. */
const FRESH = 5000;
const KEPT = 4;
/** What must not be done twice does not go by a connection that may be gone. */
const FRESH_ONCE = 1000;
/** A body at least this long asks first whether it is wanted. */
const ASKS_FIRST = 1024 * 1024;
/** RFC 9110 section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

interface Going {
  readonly begun: number;
  readonly signals: readonly AbortSignal[];
}

export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions;
  readonly #idle: Link[] = [];
  readonly #open = new Set<Connection>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
    // Every request that is under way listens to it.
    setMaxListeners(0, options.signal);
  }

  /**
   * Resolves at the head. Throws `CS_INPUT` for a header that could end its line, `CS_PEER_*`, what dialling throws, and
   * `CS_UNKNOWN_OUTCOME` where nobody knows whether it was done.
   */
  async request(request: ClientRequest, signal?: AbortSignal): Promise<ClientResponse> {
    const going = { begun: performance.now(), signals: [this.#options.signal, ...(signal ? [signal] : [])] };
    for (const one of going.signals) one.throwIfAborted();
    return this.#attempt(request, going, await this.#take(request.method));
  }

  /** A connection that was idle and is gone without a word is no answer: once more, on a new one. */
  async #attempt(request: ClientRequest, going: Going, link: Link): Promise<ClientResponse> {
    const body = bodyOf(request.body);
    const call = new Call(link, request.method);
    try {
      return await this.#exchange(call, request, body, going, link);
    } catch (error) {
      const ended = going.signals.find((one) => one.aborted);
      if (ended) throw ended.reason;
      const lost = error instanceof CsError && error.code === 'CS_CANNOT_CONNECT' && !call.touched;
      if (!lost) throw error;
      if (link.used && IDEMPOTENT.has(request.method)) return this.#attempt(request, going, await this.#dial());
      if (IDEMPOTENT.has(request.method)) throw error;
      throw new CsError('CS_UNKNOWN_OUTCOME', 'the server hung up without an answer', { cause: error });
    }
  }

  async #exchange(
    call: Call,
    request: ClientRequest,
    body: RequestBody | undefined,
    { begun, signals }: Going,
    link: Link,
  ): Promise<ClientResponse> {
    const { conn, timings } = link;
    const expects = body !== undefined && (body.length === undefined || body.length >= ASKS_FIRST);
    const stop = (): void => void conn.close();
    const release = (reusable: boolean): void => {
      for (const one of signals) one.removeEventListener('abort', stop);
      if (reusable && this.#idle.length < (this.#options.kept ?? KEPT)) {
        link.rest();
        this.#idle.push(link);
      } else this.#forget(conn);
    };
    try {
      const text = this.#encode(request, conn, body, expects);
      for (const one of signals) {
        if (one.aborted) stop();
        one.addEventListener('abort', stop, { once: true });
      }
      const head = await call.begin(text, body, expects);
      const content = new Content(call, signals, () => release(call.reusable));
      return {
        ...head,
        conn,
        body: content,
        discard: () => content.discard(),
        trailers: () => call.trailers,
        timings: () => ({ ...timings, first: call.first - begun, total: call.last - begun }),
      };
    } catch (error) {
      release(false);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((conn) => conn.close()));
  }

  #encode(request: ClientRequest, conn: Connection, body: RequestBody | undefined, expects: boolean): string {
    const { method, target, headers = [] } = request;
    const { host, headers: always = [] } = this.#options;
    const given = [...always, ...(typeof headers === 'function' ? headers(conn) : headers)];
    const named = new Set(given.map(([name]) => name.toLowerCase()));
    for (const name of ['content-length', 'transfer-encoding'])
      if (named.has(name)) throw new CsError('CS_INPUT', `${name} is set by the client itself`);
    const framing: [string, string][] =
      body === undefined
        ? []
        : [body.length === undefined ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)]];
    if (expects && !named.has('expect')) framing.push(['Expect', '100-continue']);
    const first: FieldLines = named.has('host') ? [] : [['Host', host]];
    return encodeHead(method, typeof target === 'function' ? target(conn) : target, [...first, ...given, ...framing]);
  }

  async #take(method: string): Promise<Link> {
    const fresh = IDEMPOTENT.has(method) ? FRESH : FRESH_ONCE;
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.idle < fresh && !last.spoilt) return last;
      this.#forget(last.conn);
    }
    return this.#dial();
  }

  async #dial(): Promise<Link> {
    const conn = await this.#options.dial();
    this.#open.add(conn);
    return new Link(conn);
  }

  #forget(conn: Connection): void {
    this.#open.delete(conn);
    void conn.close();
  }
}

function bodyOf(body: ClientRequest['body']): RequestBody | undefined {
  if (body === undefined || (typeof body === 'object' && 'open' in body)) return body;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    length: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}
