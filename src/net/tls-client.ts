import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Log } from '../contracts/store.ts';
import { CsError } from '../kit/errors.ts';
import { endSeenBelow, watchEnd } from './tls-end.ts';
import { hungUp, tlsFailure } from './tls-failure.ts';
import { keyDigest, pinOf, type Trust, vouchedFor } from './tls-trust.ts';

export interface ClientHandshake {
  readonly stream: Duplex;
  /** The name or address that the certificate must be for. */
  readonly host: string;
  readonly trust: Trust;
  readonly alpn?: readonly string[];
  readonly log: Log;
  /** For a connection beside another: the session of that one to resume, and whether an end is close_notify is watched. */
  readonly beside?: { readonly session: Buffer | undefined };
}

export interface Secured {
  readonly socket: TLSSocket;
  /** The newest session that the server gave, for connections beside this one. With TLS 1.3 it comes after the handshake. */
  readonly session: () => Buffer | undefined;
  /** False: encrypted, but with nobody knows whom (`--insecure`). */
  readonly verified: boolean;
}

/** The client's half of a handshake. Throws `CS_TLS`, or the signal's reason; then the stream is gone. */
export async function clientHandshake(options: ClientHandshake, signal: AbortSignal): Promise<Secured> {
  const { trust, alpn, log, beside } = options;
  const stream = beside ? endSeenBelow(options.stream) : options.stream;
  const host = options.host.replace(/%.*$|\.$/, '');
  // Node judges by itself unless somebody else may have a say; `judge` does then, before any byte is exchanged.
  const judged = trust.insecure || trust.pins.length > 0 || trust.ownCa !== undefined;
  const how: ConnectionOptions = {
    socket: stream,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: trust.context,
    rejectUnauthorized: !judged,
    minVersion: 'TLSv1.2',
    ...(alpn?.length ? { ALPNProtocols: [...alpn] } : {}),
    ...(beside?.session ? { session: beside.session } : {}),
  };
  // The server's FIN may have come before the handshake began: TLS would never see it.
  stream.read(0);
  if (stream.readableEnded || stream.destroyed) throw hungUp(host);
  let session: Buffer | undefined;
  const begun = connect(how).on('session', (newest) => {
    session = newest;
  });
  if (beside) watchEnd(begun, stream);
  const socket = await established(begun, stream, host, signal);
  try {
    const verified = judged ? await judge(socket, host, trust) : true;
    // Each time: who has the flag in a script should hear of it while nothing has gone wrong yet.
    if (verified && trust.insecure) log('warn', 'tls.insecure', { host, verified, hint: '--insecure is not needed' });
    if (!verified) log('warn', 'tls.unverified', { host, problem: problem(socket) });
    return { socket, verified, session: () => session };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function established(socket: TLSSocket, below: Duplex, host: string, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: unknown): void => {
      signal.removeEventListener('abort', cancel);
      socket.off('secureConnect', done).off('error', failed).off('close', lost);
      below.off('end', lost);
      // Errors between here and the next owner of the socket, and after a failure, have nobody to go to.
      socket.on('error', () => {});
      if (failure === undefined) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(failure);
    };
    const done = (): void => settle();
    const cancel = (): void => settle(signal.reason);
    const lost = (): void => settle(hungUp(host));
    const failed = (error: NodeJS.ErrnoException): void =>
      settle(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? hungUp(host, error) : tlsFailure(host, error));
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    socket.on('secureConnect', done).on('error', failed).on('close', lost);
    below.on('end', lost);
  });
}

/** True: the peer is who it should be. False: nobody knows, and that was allowed. Throws `CS_TLS` otherwise. */
async function judge(socket: TLSSocket, host: string, trust: Trust): Promise<boolean> {
  const leaf = socket.getPeerX509Certificate();
  if (leaf && trust.pins.length > 0) {
    if (trust.pins.some((pin) => pin.equals(keyDigest(leaf)))) return true;
    throw wrongPin(host, leaf);
  }
  if (socket.authorized) return true;
  const ownCa = leaf && (await trust.ownCa?.());
  if (ownCa && vouchedFor(leaf, host, ownCa)) return true;
  if (trust.insecure) return false;
  throw tlsFailure(host, socket.authorizationError ?? 'no certificate');
}

function wrongPin(host: string, leaf: X509Certificate): CsError {
  return new CsError('CS_TLS', `${host} has another key than the pinned one: ${pinOf(leaf)}`, {
    hint: 'take it only if you know why it changed',
  });
}

function problem(socket: TLSSocket): string {
  const { authorizationError } = socket;
  return String((authorizationError as { code?: string } | null)?.code ?? authorizationError);
}
