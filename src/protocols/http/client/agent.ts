/** The user agent: from one request to its last answer, by way of redirects, logins and second tries. */
import { setMaxListeners } from 'node:events';
import type { Connection } from '../../../contracts/connection.ts';
import type { Exchange, ExchangeRequest, ExchangeResponse, FieldLines, Hop } from '../../../contracts/exchange.ts';
import type { Dial, Target } from '../../../contracts/protocol.ts';
import { CsError } from '../../../kit/errors.ts';
import type { ClientResponse } from '../../shared/http/client.ts';
import { answer } from './answer.ts';
import { Carriers, type HttpVersion } from './carrier.ts';
import type { CookieJar } from './cookie-jar.ts';
import { ACCEPTED, type ContentLimits } from './decoding.ts';
import { Login, type LoginWay } from './login.ts';
import { resourceOf, shownUrl, urlAt, urlOf } from './origin.ts';

export interface AgentOptions {
  readonly dial: Dial;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly version: HttpVersion;
  readonly login: LoginWay;
  /** Passwords and tokens may leave without TLS. */
  readonly plaintext: boolean;
  /** At most so many redirects are followed. */
  readonly redirects: number;
  /** Also from https to http. */
  readonly downgrade: boolean;
  readonly connections: number;
  readonly limits: ContentLimits;
}

/** One request on its way. */
interface Step {
  readonly request: ExchangeRequest;
  readonly url: URL;
  /** Path and query as they stand in the request line. */
  readonly uri: string;
  readonly hops: readonly Hop[];
}

interface Got {
  readonly response: ClientResponse;
  readonly authorized: boolean;
}

export class Agent implements Exchange, AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #base: URL;
  readonly #carriers: Carriers;
  readonly #login: Login;
  /** Made when a first cookie comes. */
  #jar: CookieJar | undefined;
  /** The connection of the last answer, for what it can tell. */
  last: ClientResponse | undefined;

  constructor(options: AgentOptions) {
    const { dial, target, version, connections, signal, login, plaintext } = options;
    this.#options = options;
    // Every connection listens to it.
    setMaxListeners(0, signal);
    this.#base = urlOf(target);
    this.#carriers = new Carriers({ dial, base: target, version, connections, signal });
    this.#login = new Login(target, { way: login, plaintext });
  }

  readonly cookies = {
    load: async (text: string): Promise<void> => (await this.#cookies()).load(text),
    save: async (): Promise<string> => (await this.#cookies()).save(),
  };

  async send(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResponse> {
    const written = request.url === undefined;
    const url = written ? this.#base : inside(request.url ?? '', this.#base);
    const uri = written ? (this.#options.target.resource ?? '/') : resourceOf(url);
    let step: Step = { request, url, uri, hops: [] };
    for (;;) {
      const got = await this.#try(step, signal);
      const next = request.once ? undefined : await this.#next(step, got);
      if (next === undefined) return this.#answer(step, got);
      const { why, delay = 0 } = next;
      const hop = { method: step.request.method, url: shownUrl(step.url), status: got.response.status, why };
      await got.response.discard();
      if (delay > 0) await (await retrying()).pause(delay, signal ?? this.#options.signal);
      step = { ...step, ...next.step, hops: [...step.hops, hop] };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#carriers[Symbol.asyncDispose]();
  }

  /** One answer; a connection that cannot be had is tried for again. */
  async #try(step: Step, signal?: AbortSignal): Promise<Got> {
    const { retry = 0, once } = step.request;
    for (let tried = 0; ; tried += 1) {
      try {
        return await this.#ask(step, signal);
      } catch (error) {
        if (tried >= retry || once) throw error;
        const { delayAfterFailure, isIdempotent, pause } = await retrying();
        const delay = isIdempotent(step.request.method) ? delayAfterFailure(error, tried) : undefined;
        if (delay === undefined) throw error;
        await pause(delay, signal ?? this.#options.signal);
      }
    }
  }

  async #ask({ request, url, uri }: Step, signal?: AbortSignal): Promise<Got> {
    const { method, body } = request;
    let authorized = false;
    const headers = (conn: Connection): FieldLines => {
      const login = has(request.headers, 'authorization') ? [] : this.#login.fields(url, method, uri, conn.trusted);
      authorized = login.length > 0 || has(request.headers, 'authorization');
      return [...this.#usual(request), ...(request.headers ?? []), ...login, ...this.#cookie(request, url)];
    };
    const carrier = await this.#carriers.at(url);
    const response = await carrier.request({ method, target: uri, headers, body }, signal);
    this.last = response;
    if (has(response.fields, 'set-cookie')) (await this.#cookies()).take(response.fields, url);
    return { response, authorized };
  }

  async #cookies(): Promise<CookieJar> {
    const { CookieJar } = await import('./cookie-jar.ts');
    this.#jar ??= new CookieJar();
    return this.#jar;
  }

  #usual({ headers, raw }: ExchangeRequest): FieldLines {
    const usual: [string, string][] = [
      ['User-Agent', 'cs'],
      ['Accept', '*/*'],
    ];
    usual.push(['Accept-Encoding', raw || has(headers, 'range') ? 'identity' : ACCEPTED]);
    return usual.filter(([name]) => !has(headers, name.toLowerCase()));
  }

  #cookie({ headers }: ExchangeRequest, url: URL): FieldLines {
    return has(headers, 'cookie') ? [] : (this.#jar?.fields(url) ?? []);
  }

  /** What has to be asked next, if this is not the answer yet. */
  async #next(
    { request, url, hops }: Step,
    { response, authorized }: Got,
  ): Promise<{ why: Hop['why']; delay?: number; step: Partial<Step> } | undefined> {
    const { status, fields } = response;
    const { redirects, downgrade } = this.#options;
    const { retry = 0 } = request;
    const before = (why: Hop['why']): number => hops.filter((hop) => hop.why === why).length;
    if (status === 401 && before('login') < 2 && (await this.#login.challenged(url, fields, authorized))) {
      return { why: 'login', step: {} };
    }
    if (redirects > 0 && status >= 300 && status < 400) {
      const { locationOf, redirected } = await import('./redirect.ts');
      const to = locationOf(status, fields, url, { downgrade });
      if (to && before('redirect') >= redirects) {
        throw new CsError('CS_PEER_LIMIT', `more than ${redirects} redirects`, { hint: '--redirects N' });
      }
      const step = to && { request: redirected(request, status, url, to), url: to, uri: resourceOf(to) };
      if (step) return { why: 'redirect', step };
    }
    if (before('retry') >= retry) return undefined;
    const { delayAfterStatus, isIdempotent } = await retrying();
    if (!isIdempotent(request.method)) return undefined;
    const delay = delayAfterStatus(status, fields, before('retry'));
    return delay === undefined ? undefined : { why: 'retry', delay, step: {} };
  }

  #answer({ request, url, hops }: Step, { response, authorized }: Got): Promise<ExchangeResponse> {
    return answer({ request, url, hops, response, authorized, limits: this.#options.limits });
  }
}

// Loaded where they are asked for: one page is to cost no more than it must.
const retrying = () => import('./retry.ts');

function has(headers: FieldLines | undefined, name: string): boolean {
  return headers?.some(([key]) => key.toLowerCase() === name) ?? false;
}

function inside(text: string, base: URL): URL {
  try {
    const url = urlAt(base, text);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch {
    // Told below, like a URL of another kind.
  }
  throw new CsError('CS_INPUT', 'not a URL of HTTP');
}
