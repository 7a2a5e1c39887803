import type { ChosenFaults } from '../kit/faults.ts';
import type { Options, Values } from '../kit/option.ts';
import type { Secret } from '../kit/secret.ts';
import type { Beside } from './beside.ts';
import type { Connection } from './connection.ts';
import type { JotForm, Json } from './journal.ts';
import type { Need, Remote, Services } from './services.ts';
import type { Siblings } from './siblings.ts';
import type { Log } from './store.ts';

export type Family = 'mail' | 'web' | 'file' | 'game' | 'control';
/** `none`: this protocol has no TLS of its own. `starttls`: begins plain. `implicit`: TLS from the first byte. */
export type TlsStart = 'none' | 'starttls' | 'implicit';

/** One way to reach a protocol: a service name of `cs serve`, a URL scheme of the clients. */
export interface Scheme {
  readonly standard: number;
  readonly dev: number;
  readonly tls: TlsStart;
  /** Not started by naming the protocol or its family, only by its own name (`smtps`, `lmtp`). */
  readonly extra?: true;
  /** Path and query are the server's own language: `Target.resource` holds them as written. */
  readonly opaque?: true;
  readonly title?: string;
  /** Begins plain and has no STARTTLS; under `--tls` it is this scheme, TLS from the first byte: `https`. */
  readonly secured?: string;
  /** The word in `CS_WORD_URL`, where it is not the scheme's own name. */
  readonly exported?: string;
  /** Its URLs have a path: they end with `/`. */
  readonly rooted?: true;
  /** What its URLs begin with, and its protocol in the ready line, where the service's name is no scheme: `http`. */
  readonly shown?: string;
}

/** Who may be meant by a request that names its server: what a browser is made to ask must not be answered. */
export interface Reach {
  /** Names beside loopback's: `--allow-host`. */
  readonly hosts: readonly string[];
  /** Origins whose pages may call: `--allow-origin`. */
  readonly origins: readonly string[];
}

export interface Limits {
  /** Soft cap of all connections of one server; the hard cap is 10 % above. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly connectionsPerUser: number;
  /** Milliseconds. */
  readonly handshakeTime: number;
  readonly commandTime: number;
  readonly idleTime: number;
  /** Octets per second a body must keep up. */
  readonly minimumRate: number;
}

export interface ServerContext<N extends Need = Need, O extends Options = Options> {
  readonly services: Pick<Services, N>;
  readonly options: Values<O>;
  readonly server: { readonly id: string; readonly scheme: string; readonly hostname: string };
  readonly limits: Limits;
  /** Absent: loopback's own names, and no other origin. */
  readonly reach?: Reach;
  /** True while the process does not keep up: new work is refused in the protocol's own words (trust.md section 5). Absent: it always does. */
  readonly overloaded?: () => boolean;
  /** Whether `conn.startTls()` will work, and whether clear text is refused before it. */
  readonly tls: 'off' | 'offered' | 'required' | 'implicit';
  /** Only for a protocol that declares `beside`. */
  readonly beside?: Beside;
  /** Chosen while it runs, for all servers of an instance; absent: there are only those of `--fail`. */
  readonly chosenFaults?: ChosenFaults;
  /** The same server in other processes; absent: this is the only one. */
  readonly siblings?: Siblings;
  readonly log: Log;
  /** `cs`'s version, for banners. */
  readonly version: string;
}

/** Once per door; what it returns, once per connection. When that resolves the door closes the connection. */
export interface ServerEnd<N extends Need = Need, O extends Options = Options> {
  open(ctx: ServerContext<N, O>): Promise<Handler>;
}
export type Handler = (conn: Connection) => Promise<void>;

export interface Target {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsStart | 'starttls-required';
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  /** Decoded path segments. Of an opaque scheme: with an empty one, which names no file, where they cannot be decoded. */
  readonly path: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  /** Of an opaque scheme: path and query as written, percent-encoded, `/` at least. */
  readonly resource?: string;
  /** A Unix socket instead of host and port. */
  readonly socket?: string;
  /** Printable, without the password. */
  readonly shown: string;
}

export interface DialWish {
  /** An HTTP proxy in the way of clear text may be the other end itself; `Connection.forwarder` tells. */
  readonly forward?: true;
  /** In place of the protocol's ALPN names. */
  readonly alpn?: readonly string[];
}

/** Opens the way to the target: name, proxy, TLS where implicit, under one deadline. */
export type Dial = (target: Target, wish?: DialWish) => Promise<Connection>;

export interface ClientContext<O extends Options = Options> {
  readonly target: Target;
  readonly options: Values<O>;
  /** Only for a protocol that declares `beside`. */
  readonly beside?: Beside;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface ClientEnd<O extends Options = Options> {
  connect(dial: Dial, ctx: ClientContext<O>): Promise<Remote>;
  /** `cs probe`: what the server offers, as facts. */
  probe?(dial: Dial, ctx: ClientContext<O>): Promise<{ readonly [key: string]: Json }>;
}

/** The polite line for a client that is turned away, ready to write: `421 4.7.0 too many connections\r\n`. */
export interface Refusals {
  readonly connections: string;
  readonly shutdown: string;
}

export interface Protocol<N extends Need = Need, O extends Options = Options, C extends Options = Options> {
  readonly name: string;
  readonly family: Family;
  readonly title: string;
  readonly schemes: Readonly<Record<string, Scheme>>;
  readonly rfcs: readonly string[];
  readonly needs: readonly N[];
  readonly options: O;
  readonly clientOptions: C;
  readonly refusals: Refusals;
  /** ALPN names offered under TLS (trust.md 4: stops cross-protocol attacks). */
  readonly alpn?: readonly string[];
  /** Facts shown under `limits` in the ready line: name → option key. */
  readonly readyLimits?: Readonly<Record<string, string>>;
  /** Its conversations need second connections beside them; its server has the options `passivePorts` and `publicAddress`. */
  readonly beside?: true;
  /** The option that gives its servers further host names, `NAME=...`: certificates of the local CA are for them too. */
  readonly sites?: string;
  /** May be served by several processes (`--workers`): it keeps nothing that must be one but by its services and `siblings`. */
  readonly workers?: true;
  /** The forms of the facts that its servers jot: with workers another process makes them whole. */
  readonly jots?: () => Promise<{ readonly forms: readonly JotForm<never, never>[] }>;
  /** The commands that `--fail` can let fail. Absent: none. */
  readonly faults?: () => Promise<readonly string[]>;
  /** Started along with any other service of its family: the inbox of mail servers. */
  readonly companion?: true;
  readonly hidden?: true;
  readonly server?: () => Promise<{ readonly server: ServerEnd<N, O> }>;
  readonly client?: () => Promise<{ readonly client: ClientEnd<C> }>;
}

export function defineProtocol<const N extends Need, const O extends Options, const C extends Options>(
  protocol: Protocol<N, O, C>,
): Protocol<N, O, C> {
  return protocol;
}
