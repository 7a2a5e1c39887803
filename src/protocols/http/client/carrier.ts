import type { Connection } from '../../../contracts/connection.ts';
import type { FieldLines, RequestBody } from '../../../contracts/exchange.ts';
import type { Dial, Target } from '../../../contracts/protocol.ts';
import { CsError } from '../../../kit/errors.ts';
import { type ClientResponse, HttpClient } from '../../shared/http/client.ts';
import { targetAt } from './origin.ts';

export interface CarrierRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Asked once it is known where they would go. */
  readonly headers: (conn: Connection) => FieldLines;
  readonly body: RequestBody | undefined;
}

/** Whatever carries requests of one origin: connections of HTTP/1.1, or one session of HTTP/2. */
export interface Carrier extends AsyncDisposable {
  request(request: CarrierRequest, signal?: AbortSignal): Promise<ClientResponse>;
  /** It takes no more; another one has to be made. */
  readonly over: boolean;
}

export type HttpVersion = 'auto' | '1.1' | '2';

export interface CarrierOptions {
  readonly dial: Dial;
  readonly base: Target;
  readonly version: HttpVersion;
  readonly connections: number;
  readonly signal: AbortSignal;
}

const ALPN: Readonly<Record<HttpVersion, readonly string[]>> = {
  auto: ['h2', 'http/1.1'],
  '1.1': ['http/1.1'],
  2: ['h2'],
};

/** Origins that were spoken to. */
export class Carriers implements AsyncDisposable {
  readonly #options: CarrierOptions;
  readonly #byOrigin = new Map<string, Promise<Carrier>>();

  constructor(options: CarrierOptions) {
    this.#options = options;
  }

  async at(url: URL): Promise<Carrier> {
    const known = this.#byOrigin.get(url.origin);
    const carrier = await known?.catch(() => undefined);
    if (carrier && !carrier.over) return carrier;
    if (this.#byOrigin.get(url.origin) === known) this.#byOrigin.set(url.origin, this.#make(url));
    return this.#byOrigin.get(url.origin) as Promise<Carrier>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const made = await Promise.all([...this.#byOrigin.values()].map((one) => one.catch(() => undefined)));
    await Promise.all(made.map((carrier) => carrier?.[Symbol.asyncDispose]()));
  }

  /** Over TLS the first connection shows which version is spoken. */
  async #make(url: URL): Promise<Carrier> {
    const { dial, base, version, signal, connections } = this.#options;
    const target = targetAt(base, url);
    if (target.tls !== 'implicit') {
      if (version === '2') throw new CsError('CS_USAGE', 'HTTP/2 needs TLS', { hint: 'write https://' });
      return new Http1Carrier(url, connections, signal, () => dial(target, { forward: true }));
    }
    const first = await dial(target, { alpn: ALPN[version] });
    if (first.tls?.alpn === 'h2') {
      const { H2Carrier } = await import('./h2.ts');
      return new H2Carrier(first, url.host, signal);
    }
    if (version === '2') {
      await first.close();
      throw new CsError('CS_UNSUPPORTED', `${target.shown} does not speak HTTP/2`, { hint: '--http 1.1' });
    }
    const ready = [first];
    return new Http1Carrier(
      url,
      connections,
      signal,
      async () => ready.pop() ?? (await dial(target, { alpn: ALPN['1.1'] })),
    );
  }
}

class Http1Carrier implements Carrier {
  readonly over = false;
  readonly #client: HttpClient;
  readonly #origin: string;

  constructor(url: URL, connections: number, signal: AbortSignal, dial: () => Promise<Connection>) {
    this.#origin = url.origin;
    this.#client = new HttpClient({ dial, host: url.host, signal, kept: connections });
  }

  request({ method, target, headers, body }: CarrierRequest, signal?: AbortSignal): Promise<ClientResponse> {
    return this.#client.request(
      {
        method,
        target: ({ forwarder }) => (forwarder ? `${this.#origin}${target}` : target),
        headers: (conn) => {
          const secret = conn.forwarder?.authorization;
          return [...headers(conn), ...(secret === undefined ? [] : [['Proxy-Authorization', secret] as const])];
        },
        ...(body ? { body } : {}),
      },
      signal,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}
