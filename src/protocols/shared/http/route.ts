import type { Duplex } from 'node:stream';
import type { Connection } from '../../../contracts/connection.ts';
import type { Json } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import type { Authority } from './authority.ts';
import type { CanonicalPath, Segment } from './path.ts';
import { HttpRefusal } from './refusal.ts';
import type { Reply } from './reply.ts';

/** A request that was admitted. */
export interface HttpRequest extends CanonicalPath {
  readonly method: string;
  /** As it came, query and all. */
  readonly target: string;
  /** The query without its `?`, as it came. */
  readonly search: string;
  readonly authority: Authority;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly query: URLSearchParams;
  /** What `:name` stood for in the route's pattern. */
  readonly params: ReadonlyMap<string, string>;
  readonly conn: Connection;
  /** Aborts once nobody will read the answer, or all of it was given. */
  readonly signal: AbortSignal;
  /** The header's value, by lower-case name; of several lines what `node:http` makes of them. */
  header(name: string): string | undefined;
  /** What whoever handled it added to what is told of it afterwards (`Answered`). */
  readonly notes: { readonly [key: string]: Json } | undefined;
  note(facts: { readonly [key: string]: Json }): void;
  /** The content, once. @param bytes its limit; the server's own one if absent */
  body(bytes?: number): AsyncIterable<Uint8Array>;
  /** The content as JSON: 1 MiB, depth 50, objects without a prototype. Empty content is `{}`. */
  json(): Promise<Json>;
}

interface Place {
  /** `/v1/mail/:id`; a `*` at the end stands for any further segments. */
  readonly path: string;
  /** Changes nothing (RFC 9110 section 9.2.1). A GET that is not safe cannot be declared. */
  readonly safe: boolean;
}

export interface Route extends Place {
  /** GET answers HEAD too. */
  readonly method: string;
  readonly handle: (request: HttpRequest) => Promise<Reply> | Reply;
}

/** A path that leaves HTTP: whoever takes it has the stream from then on. */
export interface UpgradeRoute extends Place {
  readonly method: 'UPGRADE';
  /** What is spoken then: its token in `Upgrade`, in lower case. */
  readonly protocol: string;
  /** Resolves when it is over; what it throws is said in HTTP, so only before its own first octet. @param early what was read behind the head */
  readonly upgrade: (request: HttpRequest, stream: Duplex, early: Uint8Array) => Promise<void>;
}

interface Compiled<R> {
  readonly route: R;
  readonly parts: readonly string[];
  readonly open: boolean;
}

export interface Found<R> {
  readonly route: R;
  readonly params: ReadonlyMap<string, string>;
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map();

/** Finds the route of a request: 404, 405 with `Allow`, and OPTIONS answered by it. */
export class RouteTable {
  readonly #routes: readonly Compiled<Route | UpgradeRoute>[];

  constructor(routes: readonly (Route | UpgradeRoute)[]) {
    for (const { method, safe, path } of routes) {
      if (method === 'GET' && !safe) throw new CsError('CS_BUG', `GET ${path} may not change anything`);
    }
    this.#routes = routes.map((route) => {
      const parts = route.path.split('/').filter((part) => part !== '');
      const open = parts.at(-1) === '*';
      return { route, parts: open ? parts.slice(0, -1) : parts, open };
    });
  }

  find(method: string, path: readonly Segment[]): Found<Route> {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const here = this.#routes.filter(({ parts, open }) => fits(parts, open, path));
    for (const { route, parts } of here) {
      if (route.method === wanted && 'handle' in route) return { route, params: bind(parts, path) };
    }
    if (here.length === 0) throw new HttpRefusal(404, 'there is nothing here');
    const other = here.find(({ route }) => 'upgrade' in route)?.route;
    if (other && 'upgrade' in other && wanted === 'GET') {
      const headers = { Upgrade: other.protocol, Connection: 'Upgrade' };
      throw new HttpRefusal(426, `only ${other.protocol} is spoken here`, { headers });
    }
    throw new HttpRefusal(method === 'OPTIONS' ? 204 : 405, `${method} is not possible here`, {
      headers: { Allow: allowed(here.map(({ route }) => route.method)) },
    });
  }

  /** @param asked the value of `Upgrade`; undefined for what nobody here speaks */
  findUpgrade(path: readonly Segment[], asked: string): Found<UpgradeRoute> | undefined {
    const protocols = asked.split(',').map((protocol) => protocol.trim().toLowerCase());
    for (const { route, parts, open } of this.#routes) {
      if (!('upgrade' in route) || !protocols.includes(route.protocol)) continue;
      if (fits(parts, open, path)) return { route, params: bind(parts, path) };
    }
    return undefined;
  }

  get upgrades(): boolean {
    return this.#routes.some(({ route }) => 'upgrade' in route);
  }
}

function fits(parts: readonly string[], open: boolean, path: readonly Segment[]): boolean {
  if (open ? path.length < parts.length : path.length !== parts.length) return false;
  return parts.every((part, index) => part.startsWith(':') || part === path[index]);
}

function bind(parts: readonly string[], path: readonly Segment[]): ReadonlyMap<string, string> {
  if (!parts.some((part) => part.startsWith(':'))) return NO_PARAMS;
  return new Map(parts.flatMap((part, at) => (part.startsWith(':') ? [[part.slice(1), path[at] ?? '']] : [])));
}

function allowed(methods: readonly string[]): string {
  const all = new Set(methods.filter((method) => method !== 'UPGRADE'));
  if (all.has('GET')) all.add('HEAD');
  return [...all.add('OPTIONS')].join(', ');
}
