/** The one way out: name, proxy, connection, PROXY header and TLS under one deadline, for every client of every protocol. */
import { isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { DialTimings, Forwarder, Peer } from '../contracts/connection.ts';
import type { Dial, DialWish, Target } from '../contracts/protocol.ts';
import type { Log } from '../contracts/store.ts';
import { asCsError } from '../kit/errors.ts';
import { isLoopback, plainAddress } from './address.ts';
import type { StreamHook } from './delay-line.ts';
import { addressesOf, type Lookup } from './dial-address.ts';
import { DialledConnection } from './dial-connection.ts';
import { underDeadline } from './dial-deadline.ts';
import { connectFirst, connectUnix } from './dial-race.ts';
import type { Endpoint } from './proxy-header.ts';
import type { Secured } from './tls-client.ts';
import type { TrustOptions } from './tls-trust.ts';

/** Milliseconds of each step; `tls_ms` comes with the handshake, which for STARTTLS is later. */
export interface Timings {
  readonly dns_ms: number;
  /** TCP, and the proxy's part. */
  readonly connect_ms: number;
  readonly tls_ms: number | undefined;
}

export interface DialOptions extends TrustOptions {
  /** Milliseconds for all steps together, and for a later STARTTLS handshake; 0 for no limit. */
  readonly timeout: number;
  /** Calls off the dialling, and ends the connections that came of it. */
  readonly signal?: AbortSignal;
  /** Milliseconds that they outlive it, so that whoever used them can still clear away what was begun; 0. */
  readonly linger?: number;
  readonly family?: 4 | 6;
  /** What may travel on an unverified connection (`--insecure`): with it, passwords too. */
  readonly insecureAuth?: boolean;
  readonly alpn?: readonly string[];
  /** From `parseProxy` or `proxyFromEnv`; loopback and Unix sockets go through it too if it is given. */
  readonly proxy?: Target | ((target: Target) => Target | undefined);
  /** Say who the client is before anything else, also before TLS. Without a source it is our own end. */
  readonly proxyHeader?: {
    readonly version: 1 | 2 | 'v1' | 'v2';
    readonly source?: Endpoint;
    readonly destination?: Endpoint;
  };
  readonly log: Log;
  /** Filters of a new connection above TLS, the transcript. */
  readonly hooks?: (conn: string) => readonly StreamHook[];
  readonly timings?: (timings: Timings) => void;
  /** In place of the system's resolver. */
  readonly lookup?: Lookup;
}

/** The same for one target: its proxy is known. */
type Way = Omit<DialOptions, 'proxy'> & { readonly proxy: Target | undefined; readonly forward: boolean };

interface Reached {
  readonly stream: Duplex;
  readonly peer: Peer;
  readonly local: Peer;
  readonly forwarder?: Forwarder;
}

let ordinals = 0;

/**
 * Throws `CS_NAME_NOT_RESOLVED` (6), `CS_CANNOT_CONNECT` (7), `CS_TLS` (5), `CS_TIMEOUT` (124), and the signal's reason.
 * A scheme with implicit TLS comes back secured; the others upgrade by `startTls()`, with the same verification.
 */
export function createDial(options: DialOptions): Dial {
  return (target, wish) => dial(target, options, undefined, wish);
}

/** What a connection beside another has from it: the name to verify, the TLS session to resume. */
export interface Owner {
  readonly host: string;
  readonly session: () => Buffer | undefined;
}

/** Like `createDial`. @param owner the connection that this one stands beside */
export function dial(target: Target, options: DialOptions, owner?: Owner, wish?: DialWish): Promise<DialledConnection> {
  return underDeadline(
    options.timeout,
    options.signal,
    () => `${target.shown} did not answer in time`,
    (signal) => dialOnce(target, wayTo(target, options, wish), signal, owner),
  ).catch((error: unknown) => {
    throw asCsError(error);
  });
}

function wayTo(target: Target, options: DialOptions, wish: DialWish = {}): Way {
  const proxy = typeof options.proxy === 'function' ? options.proxy(target) : options.proxy;
  const forward = wish.forward === true && target.tls === 'none' && /^https?$/.test(proxy?.scheme ?? '');
  return { ...options, proxy, alpn: wish.alpn ?? options.alpn, forward };
}

async function dialOnce(target: Target, options: Way, signal: AbortSignal, owner?: Owner): Promise<DialledConnection> {
  const watch = stopWatch(options);
  const { stream, peer, local, forwarder } = await reach(target, options, signal, watch);
  const id = `d${++ordinals}`;
  const secure = (base: Duplex, within: AbortSignal) =>
    handshake(base, owner?.host ?? target.host, peer.loopback, options, within, owner);
  try {
    const secured = target.tls === 'implicit' ? await watch.tls(() => secure(stream, signal)) : undefined;
    watch.tell();
    return new DialledConnection({
      id,
      peer,
      local,
      stream: secured?.socket ?? stream,
      secured,
      insecureAuth: options.insecureAuth ?? false,
      signal: options.signal,
      linger: options.linger ?? 0,
      hooks: options.hooks?.(id) ?? [],
      forwarder,
      timings: watch.spent,
      secure: async (base) => {
        const late = () => `the TLS handshake with ${target.shown} was not done in time`;
        const run = () => underDeadline(options.timeout, options.signal, late, (within) => secure(base, within));
        const upgraded = await watch.tls(run);
        watch.tell();
        return upgraded;
      },
    });
  } catch (error) {
    stream.on('error', () => {}).destroy();
    throw error;
  }
}

/** Everything below TLS. */
async function reach(target: Target, options: Way, signal: AbortSignal, watch: Watch): Promise<Reached> {
  const { proxy, proxyHeader } = options;
  // Before there is a socket that nobody listens to.
  const through = proxy && (await import('./proxy-client.ts'));
  const encode = proxyHeader && (await import('./proxy-header.ts')).encodeProxyHeader;
  if (target.socket !== undefined && !proxy) {
    const stream = await watch.connect(() => connectUnix(target.socket ?? '', target.shown, signal));
    const here: Peer = { address: target.socket, port: 0, loopback: true, unix: true };
    if (proxyHeader) sendProxyHeader(stream, encode, proxyHeader, here, here);
    return { stream, peer: here, local: here };
  }
  const first = proxy ?? target;
  const family = options.family ?? (proxy ? undefined : familyOf(proxyHeader?.source));
  const addresses = await watch.dns(() => addressesOf(first.host, family, signal, options.lookup));
  const shown = first.host.includes(':') ? `[${first.host}]:${first.port}` : `${first.host}:${first.port}`;
  const socket = await watch.connect(() =>
    connectFirst(addresses, first.port, proxy ? `the proxy ${shown}` : shown, signal),
  );
  const local = end(socket.localAddress, socket.localPort);
  const direct = end(socket.remoteAddress, socket.remotePort);
  // Behind a proxy nothing is known to stay on this machine.
  const peer = proxy ? { address: target.host, port: target.port, loopback: false } : direct;
  const tunnel = async () => {
    const base = await secured(socket, proxy, options, signal);
    if (!options.forward) await through?.throughProxy(base, proxy ?? target, target, signal);
    return base;
  };
  const stream = proxy ? await watch.connect(tunnel) : socket;
  if (proxyHeader) sendProxyHeader(stream, encode, proxyHeader, local, peer);
  return { stream, peer, local, ...(proxy && options.forward ? { forwarder: through?.forwarderOf(proxy) } : {}) };
}

/** The way to the proxy itself. */
async function secured(socket: Socket, proxy: Target | undefined, options: Way, signal: AbortSignal): Promise<Duplex> {
  if (proxy?.tls !== 'implicit') return socket;
  const loopback = isLoopback(socket.remoteAddress ?? '');
  return (await handshake(socket, proxy.host, loopback, { ...options, alpn: [], pin: undefined }, signal)).socket;
}

/** The client's TLS over a stream. @param owner as for `dial` */
export async function handshake(
  stream: Duplex,
  host: string,
  loopback: boolean,
  options: Omit<DialOptions, 'proxy'>,
  signal: AbortSignal,
  owner?: Owner,
): Promise<Secured> {
  const [{ clientHandshake }, { loadTrust }] = await Promise.all([import('./tls-client.ts'), import('./tls-trust.ts')]);
  const trust = await loadTrust(options, loopback);
  const beside = owner && { session: owner.session() };
  return clientHandshake({ stream, host, trust, alpn: options.alpn, log: options.log, beside }, signal);
}

type ProxyHeaderWish = NonNullable<DialOptions['proxyHeader']>;

type Encode = typeof import('./proxy-header.ts').encodeProxyHeader;

function sendProxyHeader(
  stream: Duplex,
  encode: Encode | undefined,
  wish: ProxyHeaderWish,
  local: Peer,
  peer: Peer,
): void {
  const source = wish.source ?? local;
  // A test gives a source and dials localhost: the other loopback address stands for the same server.
  const twin = peer.loopback && familyOf(source) !== familyOf(peer);
  const loopback = { address: familyOf(source) === 6 ? '::1' : '127.0.0.1', port: peer.port };
  const header = encode?.(wish.version, source, wish.destination ?? (twin ? loopback : peer));
  if (header) stream.write(header);
}

function familyOf(endpoint: Endpoint | undefined): 4 | 6 | undefined {
  const family = endpoint === undefined ? 0 : isIP(endpoint.address);
  return family === 4 || family === 6 ? family : undefined;
}

function end(address = '', port = 0): Peer {
  return { address: plainAddress(address), port, loopback: isLoopback(address) };
}

type Timed = <T>(step: () => Promise<T>) => Promise<T>;
interface Watch {
  readonly dns: Timed;
  readonly connect: Timed;
  readonly tls: Timed;
  readonly tell: () => void;
  readonly spent: DialTimings;
}

function stopWatch({ timings }: DialOptions): Watch {
  const spent = { name: 0, connect: 0, tls: 0 };
  let secured = false;
  const timed = (name: keyof typeof spent): Timed => {
    return async (step) => {
      const from = performance.now();
      const value = await step();
      spent[name] += performance.now() - from;
      secured ||= name === 'tls';
      return value;
    };
  };
  const tell = (): void =>
    timings?.({ dns_ms: spent.name, connect_ms: spent.connect, tls_ms: secured ? spent.tls : undefined });
  return { dns: timed('name'), connect: timed('connect'), tls: timed('tls'), tell, spent };
}
