/** Requests as streams of one HTTP/2 session (RFC 9113), by `node:http2` on a connection that chose `h2`. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, sensitiveHeaders } from 'node:http2';
import type { Connection } from '../../../contracts/connection.ts';
import type { FieldLines, RequestBody } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';
import type { ClientResponse } from '../../shared/http/client.ts';
import { checkFields, checkMethod } from '../../shared/http/client-head.ts';
import type { Carrier, CarrierRequest } from './carrier.ts';
import { streamContent } from './h2-content.ts';
import { linesOf } from './h2-lines.ts';

/** As many as an HTTP/1.1 answer may have. */
const FIELDS = 200;
const FIELD_OCTETS = 100 * 1024;
/** What is about a connection has no place in a stream (RFC 9113 section 8.2.2). */
const OF_CONNECTION = new Set(['connection', 'host', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const SECRET = ['authorization', 'cookie', 'proxy-authorization'];

export class H2Carrier implements Carrier {
  readonly #conn: Connection;
  readonly #authority: string;
  readonly #session: ClientHttp2Session;
  readonly #signal: AbortSignal;
  #used = false;
  #failure: Error | undefined;

  constructor(conn: Connection, authority: string, signal: AbortSignal) {
    this.#conn = conn;
    this.#authority = authority;
    this.#signal = signal;
    const stream = conn.duplex();
    // There is no half a session: the server's FIN is the end of all its streams, and without an error they would look whole.
    const ended = (): void => {
      if (!this.#session.destroyed)
        this.#session.destroy(new CsError('CS_CANNOT_CONNECT', 'the server ended the session'));
    };
    stream.allowHalfOpen = false;
    stream.once('end', ended).once('close', ended);
    this.#session = connect(`https://${authority}`, {
      createConnection: () => stream,
      settings: { enablePush: false, maxHeaderListSize: FIELD_OCTETS, initialWindowSize: 1024 * 1024 },
      maxHeaderListPairs: FIELDS,
    });
    this.#session.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Nothing more can be asked here. */
  get over(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  async request(request: CarrierRequest, signal?: AbortSignal): Promise<ClientResponse> {
    const begun = performance.now();
    const timings = this.#used ? undefined : this.#conn.timings;
    this.#used = true;
    const signals = [this.#signal, ...(signal ? [signal] : [])];
    const stream = this.#open(request);
    const stop = (): void => stream.close(constants.NGHTTP2_CANCEL);
    for (const one of signals) {
      if (one.aborted) stop();
      one.addEventListener('abort', stop, { once: true });
    }
    stream.once('close', () => {
      for (const one of signals) one.removeEventListener('abort', stop);
    });
    const why = (error: unknown): unknown => signals.find((one) => one.aborted)?.reason ?? this.#told(error);
    try {
      const answer = answered(stream);
      answer.catch(() => {});
      if (request.body) await send(stream, request.body);
      const { fields, status } = await answer;
      const body = streamContent(stream, request.method, fields, why);
      const first = performance.now();
      return {
        version: '2',
        status,
        reason: '',
        fields,
        conn: this.#conn,
        body,
        discard: async () => void (await body.return?.()),
        trailers: () => body.trailers,
        timings: () => ({
          ...(timings ?? { name: 0, connect: 0, tls: 0 }),
          first: first - begun,
          total: (body.last || first) - begun,
        }),
      };
    } catch (error) {
      stream.close(constants.NGHTTP2_CANCEL);
      throw why(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy();
    await this.#conn.close();
  }

  #open({ method, target, headers, body }: CarrierRequest): ClientHttp2Stream {
    const given = headers(this.#conn);
    checkMethod(method);
    checkFields(given);
    const lines: Record<string, string | string[]> = Object.create(null);
    let authority = this.#authority;
    for (const [name, value] of given) {
      const key = name.toLowerCase();
      if (key === 'host') authority = value;
      if (OF_CONNECTION.has(key)) continue;
      const before = lines[key];
      lines[key] = before === undefined ? value : [before, value].flat();
    }
    if (body?.length !== undefined) lines['content-length'] = String(body.length);
    if (/[^\x21-\x7e]/.test(target)) throw new CsError('CS_INPUT', 'the target is not percent-encoded');
    const pseudo = { ':method': method, ':scheme': 'https', ':authority': authority, ':path': target };
    try {
      const all = { ...pseudo, ...lines, [sensitiveHeaders]: SECRET };
      return this.#session.request(all, { endStream: body === undefined });
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): CsError {
    if (error instanceof CsError) return error;
    const cause = this.#failure ?? error;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (/INVALID_(?:HEADER|CHAR)|HEADER_SINGLE|PSEUDOHEADER/.test(code)) {
      return new CsError('CS_INPUT', `HTTP/2 cannot carry this request: ${message}`, { cause });
    }
    const broke = code === 'ERR_HTTP2_ERROR' || code === 'ERR_HTTP2_SESSION_ERROR' || code === 'ERR_HTTP2_STREAM_ERROR';
    if (broke) return new CsError('CS_PEER_PROTOCOL', `HTTP/2: ${message}`, { cause });
    return new CsError('CS_CANNOT_CONNECT', 'the server ended the stream inside its answer', { cause });
  }
}

async function send(stream: ClientHttp2Stream, body: RequestBody): Promise<void> {
  const gone = (): boolean => stream.destroyed || stream.closed || stream.writableEnded;
  let sent = 0;
  for await (const chunk of body.open()) {
    if (gone()) return;
    sent += chunk.length;
    if (sent > (body.length ?? sent)) break;
    if (stream.write(chunk)) continue;
    await drained(stream);
  }
  if (body.length !== undefined && sent !== body.length) {
    throw new CsError('CS_CHANGED', 'what is being sent is no longer as long as it was');
  }
  if (!gone()) stream.end();
}

/** Or closed: then what follows is for nobody. */
function drained(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}

interface Answer {
  readonly status: number;
  readonly fields: FieldLines;
}

function answered(stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    stream.on('response', (headers, _flags, ...more: unknown[]) => {
      const [raw] = more;
      resolve({ status: Number(headers[':status']), fields: linesOf(raw, headers) });
    });
    stream.on('error', reject);
    stream.on('close', () => reject(new CsError('CS_CANNOT_CONNECT', 'the server ended the stream without an answer')));
  });
}
