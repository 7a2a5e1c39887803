import { setMaxListeners } from 'node:events';
import { isIPv6, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Peer } from '../contracts/connection.ts';
import type { Journal, Json } from '../contracts/journal.ts';
import type { Handler, Limits, Refusals } from '../contracts/protocol.ts';
import type { Log } from '../contracts/store.ts';
import { CsError } from '../kit/errors.ts';
import { isLoopback, plainAddress } from './address.ts';
import type { DoorBeside } from './beside.ts';
import { StreamConnection } from './connection.ts';
import { doorFamily } from './door-family.ts';
import { type DoorFilter, doorFilters, type FilterConfig } from './door-filters.ts';
import { type ContextProvider, serverHandshake } from './handshake.ts';
import { ConnectionLimits, type Refusal } from './limits.ts';
import { closeAll, type ListenConfig, type Listening, listenOn } from './listen.ts';
import { connectionsByOpenFiles, giveDescriptor, takeDescriptor } from './open-files.ts';
import { streamError } from './stream-error.ts';
import { Farewells, turnAway } from './turn-away.ts';
import { describe, endedBy, summary, type Visit } from './visit.ts';

export interface DoorConfig extends Omit<FilterConfig, 'implicitTls' | 'handshakeTime'> {
  /** The server's id in the ready line. */
  readonly id: string;
  readonly protocol: { readonly name: string; readonly refusals: Refusals; readonly alpn?: readonly string[] };
  readonly handler: Handler;
  readonly listen: ListenConfig;
  /** `context` is asked at the first handshake, not before. */
  readonly tls:
    | { readonly mode: 'off' }
    | { readonly mode: 'offered' | 'required' | 'implicit'; readonly context: ContextProvider };
  readonly limits: Limits;
  /** New connections a minute of one address; 0 (default) for no limit. Loopback is exempt. */
  readonly connectionRate?: number;
  /** As in `ServerContext`. */
  readonly overloaded?: () => boolean;
  /** For a protocol with second connections: which first ones are this door's. */
  readonly beside?: DoorBeside;
  readonly journal: Pick<Journal, 'add'>;
  readonly log: Log;
}

export interface Door {
  readonly id: string;
  /** Addresses that accept, as bound. */
  readonly hosts: readonly string[];
  /** The real one; 0 without TCP. */
  readonly port: number;
  /** For a URL: the first address, in brackets if need be; a wildcard as the loopback address of its family. */
  readonly urlHost: string;
  /** Open now. */
  readonly connections: number;
  state(): { readonly [key: string]: Json };
  /** New clients are refused by the system from here on. */
  stopAccepting(): void;
  /** Stop accepting, ask every protocol to say goodbye, and after `grace` milliseconds end the rest; resolves to how many those were. */
  drain(grace: number): Promise<number>;
  /** `drain(0)`. */
  close(): Promise<void>;
}

/** The one accept loop. Throws `CS_PORT_IN_USE`, `CS_CANNOT_BIND`; resolves when every listener accepts. */
export async function openDoor(config: DoorConfig): Promise<Door> {
  const door = new OpenDoor(config);
  await door.open();
  return door;
}

/** Tells connections of different starts apart in a journal that outlives them. */
const RUN = Math.floor(performance.timeOrigin * 1000)
  .toString(36)
  .slice(-5);
let ordinals = 0;
/** Milliseconds in which a handler whose connection was ended must be done. */
const LAST = 1000;

const UNIX: Peer = { address: 'unix', port: 0, loopback: true, unix: true };

type Upgrade = ReturnType<typeof serverHandshake>;

class OpenDoor implements Door {
  readonly id: string;
  readonly #config: DoorConfig;
  readonly #limits: ConnectionLimits;
  readonly #filters: readonly DoorFilter[];
  readonly #upgrade: Upgrade | undefined;
  readonly #draining = new AbortController();
  readonly #farewells = new Farewells();
  readonly #visits = new Set<Visit>();
  readonly #counts = { accepted: 0, refused: 0, failed: 0 };
  #listening: Listening = { servers: [], hosts: [], port: 0 };
  #closed: Promise<unknown> | undefined;
  #emptied: (() => void) | undefined;
  #limitSaid = Number.NEGATIVE_INFINITY;

  constructor(config: DoorConfig) {
    const { limits, tls, protocol } = config;
    this.id = config.id;
    this.#config = config;
    const connections = Math.min(limits.connections, connectionsByOpenFiles());
    config.log('info', 'door.limit', { server: config.id, limit: connections });
    this.#limits = new ConnectionLimits({ ...limits, connections }, config.connectionRate);
    const implicitTls = tls.mode === 'implicit';
    this.#filters = doorFilters({ ...config, implicitTls, handshakeTime: limits.handshakeTime }, this.#limits);
    if (tls.mode !== 'off' && !config.beside) {
      const how = { alpn: protocol.alpn, time: limits.handshakeTime, tickets: implicitTls };
      this.#upgrade = serverHandshake({ context: tls.context, ...how });
    }
    setMaxListeners(0, this.#draining.signal);
  }

  async open(): Promise<void> {
    const { listen, protocol, log } = this.#config;
    this.#listening = await listenOn(listen, {
      name: protocol.name,
      log,
      accept: (socket, unix) => this.#accept(socket, unix),
    });
  }

  get hosts(): readonly string[] {
    return this.#listening.hosts;
  }

  get port(): number {
    return this.#listening.port;
  }

  get urlHost(): string {
    const [host = '127.0.0.1'] = this.hosts;
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return isIPv6(reachable) ? `[${reachable}]` : reachable;
  }

  get connections(): number {
    return this.#visits.size;
  }

  state(): { readonly [key: string]: Json } {
    const open = [...this.#visits].map(describe);
    return { connections: open.length, ...this.#counts, draining: this.#draining.signal.aborted, open };
  }

  stopAccepting(): void {
    this.#closed ??= closeAll(this.#listening.servers);
  }

  async drain(grace: number): Promise<number> {
    this.stopAccepting();
    const reason = new CsError('CS_FAILED', 'the server is shutting down');
    if (!this.#draining.signal.aborted) this.#draining.abort(reason);
    for (const visit of this.#visits) if (!visit.inside) end(visit, reason);
    await this.#empty(grace);
    const left = [...this.#visits];
    for (const visit of left) end(visit, reason);
    // What they were doing may have to be undone on disk.
    await this.#empty(LAST);
    await this.#closed;
    return left.length;
  }

  async close(): Promise<void> {
    await this.drain(0);
  }

  #empty(grace: number): Promise<void> {
    if (this.#visits.size === 0 || grace <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, grace);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #accept(socket: Socket, unix: boolean): void {
    // Nobody listens to a socket that is turned away, and its reset must not end the process.
    socket.on('error', () => {});
    const counted = takeDescriptor();
    if (counted) socket.once('close', giveDescriptor);
    const refusal = counted ? this.#limits.enter() : 'full';
    if (refusal === undefined) this.#enter(this.#visit(socket, unix));
    else this.#refuse(socket, refusal);
  }

  #enter(visit: Visit): void {
    const { conn } = visit;
    this.#visits.add(visit);
    this.#counts.accepted += 1;
    void this.#record('connection.open', { conn: conn.id, peer: conn.peer.address });
    const served = this.#serve(visit);
    void conn.gone().then(() => this.#leave(visit, served));
  }

  #visit(socket: Socket, unix: boolean): Visit {
    ordinals += 1;
    const leave = [() => this.#limits.leave()];
    const family = this.#config.beside ? doorFamily(this.#config) : undefined;
    const conn: StreamConnection = new StreamConnection({
      stream: socket,
      id: `${RUN}-${ordinals}`,
      role: 'server',
      peer: unix ? UNIX : peerOf(socket.remoteAddress, socket.remotePort),
      local: unix ? UNIX : () => peerOf(socket.localAddress, socket.localPort),
      upgrade: family?.upgrade ?? this.#upgrade,
      draining: this.#draining.signal,
      overloaded: this.#config.overloaded,
      onUser: (user, before) => {
        if (user !== undefined) this.#limits.enterUser(user, conn.peer);
        if (before !== undefined) this.#limits.leaveUser(before, conn.peer);
      },
    });
    leave.push(() => {
      if (conn.user !== undefined) this.#limits.leaveUser(conn.user, conn.peer);
    });
    const ordinal = this.#counts.accepted;
    family?.adopt(conn, ordinal);
    return { conn, ordinal, since: performance.now(), leave, inside: false };
  }

  async #serve(visit: Visit): Promise<void> {
    const { conn } = visit;
    try {
      for (const filter of this.#filters) {
        const waits = filter(visit);
        if (waits) await waits;
      }
      visit.inside = true;
      await this.#config.handler(conn);
    } catch (error) {
      await this.#failed(visit, error);
    }
    await conn.close();
  }

  async #failed({ conn, inside }: Visit, error: unknown): Promise<void> {
    // Whoever only waited on the signal means what the signal says.
    const failure = conn.signal.aborted && (error as Error)?.name === 'AbortError' ? conn.signal.reason : error;
    const reason = streamError(failure);
    const by = endedBy(reason);
    conn.endedBy ??= by;
    conn.failure ??= reason;
    if (!inside) await this.#refused(conn, reason);
    else if (by === 'E') this.#broke(conn, reason);
  }

  /** A filter threw. */
  async #refused(conn: StreamConnection, reason: CsError): Promise<void> {
    this.#counts.refused += 1;
    if (reason.code !== 'CS_BUSY') {
      conn.destroy();
      return;
    }
    this.#limitReached(reason.message);
    const { protocol, tls } = this.#config;
    if (tls.mode === 'implicit' && !conn.secure) {
      await this.#farewells.secure(
        () => conn.startTls(),
        () => conn.destroy(),
      );
    }
    void conn.write(protocol.refusals.connections);
  }

  /** The protocol threw what is neither the peer's nor a limit's fault. */
  #broke(conn: StreamConnection, reason: CsError): void {
    this.#counts.failed += 1;
    const facts = { server: this.id, conn: conn.id, code: reason.code, message: reason.message };
    const { stack } = reason.cause instanceof Error ? reason.cause : reason;
    this.#config.log('error', 'connection.failed', reason.blame === 'bug' ? { ...facts, stack } : facts);
  }

  async #leave(visit: Visit, served: Promise<void>): Promise<void> {
    for (const step of visit.leave) step();
    // A message may still be on its way to disk: its end belongs to this conversation.
    await served;
    this.#visits.delete(visit);
    const facts = summary(visit);
    void this.#record('connection.close', facts);
    this.#config.log('info', 'connection.close', { server: this.id, ...facts });
    if (this.#visits.size === 0) this.#emptied?.();
  }

  #refuse(socket: Socket, refusal: Refusal): void {
    this.#counts.refused += 1;
    this.#limitReached(refusal);
    if (refusal === 'full') {
      socket.destroy();
      return;
    }
    socket.once('close', this.#limits.turnAway());
    void this.#turnAway(socket);
  }

  async #turnAway(socket: Socket): Promise<void> {
    const { protocol, tls } = this.#config;
    const { connections } = protocol.refusals;
    if (tls.mode !== 'implicit' || !this.#upgrade) return turnAway(socket, connections);
    const upgrade = this.#upgrade;
    const secured = await this.#farewells.secure(
      () => upgrade(socket),
      () => socket.destroy(),
    );
    if (secured) turnAway(secured, connections);
  }

  /** Told once a second at most: who floods us must not flood the journal through us. */
  #limitReached(what: string): void {
    const now = performance.now();
    if (now - this.#limitSaid < 1000) return;
    this.#limitSaid = now;
    const facts = { limit: what, connections: this.#limits.inside, refused: this.#counts.refused };
    void this.#record('limit', facts);
    this.#config.log('warn', 'limit', { server: this.id, ...facts });
  }

  async #record(event: string, facts: Record<string, Json>): Promise<void> {
    try {
      await this.#config.journal.add({ event, server: this.id, ...facts }, 'soon');
    } catch (error) {
      this.#config.log('error', 'journal.failed', { server: this.id, event, message: (error as Error).message });
    }
  }
}

function peerOf(address: string | undefined, port: number | undefined): Peer {
  // Gone already, so the system does not know it: nobody, and surely nobody on loopback.
  if (address === undefined) return { address: 'unknown', port: 0, loopback: false };
  return { address: plainAddress(address), port: port ?? 0, loopback: isLoopback(address) };
}

function end({ conn }: Visit, reason: CsError): void {
  conn.end('X', reason);
  conn.destroy();
}
