import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { CsError } from '../kit/errors.ts';
import { HeldTickets } from './held-tickets.ts';
import { withoutTickets } from './no-tickets.ts';
import { streamError } from './stream-error.ts';
import { watchEnd } from './tls-end.ts';

/**
 * Certificate and key for the next handshake. Called lazily and often: cache inside; another object means new ones. One that
 * has several (`byName`) is asked again with the name, as soon as a client says one.
 */
export interface ContextProvider {
  (servername?: string): SecureContextOptions | Promise<SecureContextOptions>;
  readonly byName?: boolean;
}

export interface HandshakeOptions {
  readonly context: ContextProvider;
  /** Names offered by ALPN; a client that offers others only is refused (stops cross-protocol attacks). */
  readonly alpn?: readonly string[];
  /** Milliseconds. */
  readonly time: number;
  /** The keys of session tickets, 48 octets: whoever shows one has spoken to their owner. Without: one set for this process. */
  readonly ticketKeys?: Buffer;
  /** For a connection beside another: whether its end is close_notify is watched (`tls.cut`), and no ticket is in its way. */
  readonly beside?: boolean;
  /** False: no session tickets, for TLS that begins inside a conversation (`withoutTickets` says why). */
  readonly tickets?: boolean;
}

/** The server's half of a handshake. TLS 1.2 at least, no renegotiation. Throws `CS_TLS`, `CS_TIMEOUT`, `CS_CANNOT_CONNECT`. */
export function serverHandshake(options: HandshakeOptions): (stream: Duplex) => Promise<TLSSocket> {
  const secureContext = contextCache(options);
  const named = options.context.byName ? { SNICallback: chooser(secureContext) } : {};
  const alpn = options.alpn?.length ? { ALPNProtocols: [...options.alpn] } : {};
  return async (stream) => {
    const below = options.beside ? new HeldTickets(stream, []) : undefined;
    const how = { isServer: true, secureContext: await secureContext(), ...named, ...alpn };
    const socket = new TLSSocket((below ?? stream) as never, how);
    if (below) {
      below.watch(socket);
      watchEnd(socket, below);
    }
    await established(socket, options.time);
    return socket;
  };
}

type Contexts = (servername?: string) => Promise<SecureContext>;

function contextCache({ context: provider, ticketKeys, tickets = true }: HandshakeOptions): Contexts {
  const made = new WeakMap<SecureContextOptions, SecureContext>();
  const own = ticketKeys ? { ticketKeys } : {};
  return async (servername) => {
    const from = await provider(servername);
    const known = made.get(from);
    if (known) return known;
    const context = createSecureContext({ minVersion: 'TLSv1.2', ...from, ...own });
    made.set(from, tickets ? context : withoutTickets(context));
    return context;
  };
}

/** A name that nothing can be found for gets what stands there already: this callback must not fail (CVE-2026-21637). */
function chooser(contexts: Contexts) {
  return (servername: string, done: (error: Error | null, context?: SecureContext) => void): void => {
    contexts(servername).then(
      (context) => done(null, context),
      () => done(null),
    );
  };
}

function established(socket: TLSSocket, time: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: CsError) => {
      clearTimeout(timer);
      socket.off('secure', done).off('_tlsError', failed).off('error', failed);
      socket.off('end', lost).off('close', lost);
      // Whatever comes after a failed handshake was said already.
      socket.on('error', () => {});
      if (failure === undefined) return resolve();
      socket.destroy();
      reject(failure);
    };
    const done = () => {
      // Without it later errors of a server's TLSSocket would never be emitted (Node has no public word for that).
      (socket as { _releaseControl?: () => boolean })._releaseControl?.();
      // `node:http2` waits for it before it reads; only a `tls.Server` would say so.
      (socket as { secureConnecting?: boolean }).secureConnecting = false;
      socket.disableRenegotiation();
      settle();
    };
    const failed = (error: Error) => settle(handshakeError(error));
    const lost = () => settle(new CsError('CS_CANNOT_CONNECT', 'the other end hung up during the TLS handshake'));
    const timer = setTimeout(() => settle(new CsError('CS_TIMEOUT', 'the TLS handshake took too long')), time);
    socket.on('secure', done).on('_tlsError', failed).on('error', failed);
    // A client that says FIN before it is done will never be done.
    socket.on('end', lost).on('close', lost);
  });
}

function handshakeError(error: Error): CsError {
  const known = streamError(error);
  return known.code === 'CS_BUG' ? new CsError('CS_TLS', `TLS: ${error.message}`, { cause: error }) : known;
}
