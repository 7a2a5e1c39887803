/** Requests over dialled connections, one at a time on each; an idle one is used again. */
import type { Connection } from '../../../contracts/connection.ts';
import { CsError } from '../../../kit/errors.ts';
import { type ResponseEvent, type ResponseHead, ResponseWire } from './client-wire.ts';

export interface ClientRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface ClientResponse extends ResponseHead {
  /** The content, once; leaving it early closes the connection. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

export interface HttpClientOptions {
  readonly dial: () => Promise<Connection>;
  /** The Host header. */
  readonly host: string;
  /** On every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends every request. */
  readonly signal: AbortSignal;
}

/** Servers drop idle connections; an older one is not trusted any more. */
const FRESH = 5000;

export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions;
  readonly #idle: { readonly conn: Connection; readonly since: number }[] = [];
  readonly #open = new Set<Connection>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** Resolves at the head. Throws `CS_INPUT` for a header that could end its line, `CS_PEER_*`, what dialling throws. */
  async request(request: ClientRequest, signal?: AbortSignal): Promise<ClientResponse> {
    const text = head(request, this.#options);
    const conn = await this.#take();
    const stop = (): void => void conn.close();
    const signals = [this.#options.signal, ...(signal ? [signal] : [])];
    for (const one of signals) {
      if (one.aborted) stop();
      one.addEventListener('abort', stop, { once: true });
    }
    const release = (reusable: boolean): void => {
      for (const one of signals) one.removeEventListener('abort', stop);
      if (reusable) this.#idle.push({ conn, since: performance.now() });
      else this.#forget(conn);
    };
    try {
      await conn.write(text);
      if (request.body !== undefined && request.body.length > 0) await conn.write(request.body);
      return await readResponse(conn, request.method, signals, release);
    } catch (error) {
      release(false);
      throw signals.find((one) => one.aborted)?.reason ?? error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((conn) => conn.close()));
  }

  async #take(): Promise<Connection> {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (performance.now() - last.since < FRESH && !last.conn.signal.aborted) return last.conn;
      this.#forget(last.conn);
    }
    const conn = await this.#options.dial();
    this.#open.add(conn);
    return conn;
  }

  #forget(conn: Connection): void {
    this.#open.delete(conn);
    void conn.close();
  }
}

function head(
  { method, target, headers = {}, body }: ClientRequest,
  { host, headers: more = {} }: HttpClientOptions,
): string {
  const length: Record<string, string> =
    body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const all = { Host: host, ...more, ...headers, ...length };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  if (/\s/.test(target)) throw new CsError('CS_INPUT', 'a space in the target');
  const text = [`${method} ${target} HTTP/1.1`, ...lines];
  for (const line of text)
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) throw new CsError('CS_INPUT', 'a control in a header');
  return `${text.join('\r\n')}\r\n\r\n`;
}

async function readResponse(
  conn: Connection,
  method: string,
  signals: readonly AbortSignal[],
  release: (reusable: boolean) => void,
): Promise<ClientResponse> {
  const wire = new ResponseWire(method);
  const chunks = conn[Symbol.asyncIterator]();
  const next = async (): Promise<readonly ResponseEvent[]> => {
    const { done, value } = await chunks.next();
    return done ? wire.end() : wire.receive(value);
  };
  let events = await next();
  while (events.length === 0) events = await next();
  const [first, ...rest] = events;
  if (first?.kind !== 'head') throw new CsError('CS_BUG', 'a response without a head');
  const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    let pending: readonly ResponseEvent[] = rest;
    try {
      for (;;) {
        for (const event of pending) {
          if (event.kind === 'data') yield event.bytes;
          else if (event.kind === 'end') return;
        }
        pending = await next();
      }
    } catch (error) {
      throw signals.find((one) => one.aborted)?.reason ?? error;
    } finally {
      release(wire.reusable);
    }
  };
  return { ...first.head, body: content() };
}
