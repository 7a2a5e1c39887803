import type { Socket } from 'node:net';
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { SMTPServer } from 'smtp-server/lib/smtp-server.js';
import type { Connection } from '../../contracts/connection.ts';
import type { Policy } from './policy.ts';
import { Session } from './session.ts';

/** The base server without its listener: connections come from our door, certificates and limits are the door's too. */
export class Gate extends SMTPServer {
  readonly policy: Policy;
  readonly #watched = new WeakSet<AbortSignal>();

  constructor(policy: Policy) {
    super({
      name: policy.ctx.server.hostname,
      banner: `cs ${policy.ctx.version}`,
      lmtp: policy.lmtp,
      logger: false,
      disableReverseLookup: true,
      hideSTARTTLS: true,
      authOptional: true,
    });
    this.policy = policy;
    // Resets of clients; each session deals with its own.
    this.on('error', () => {});
    this.onConnect = (_session, go) => go();
    this.onSecure = (_socket, _session, go) => go();
  }

  /** Resolves when the conversation has ended and nothing of it is under way any more. */
  async serve(conn: Connection): Promise<void> {
    this.#watch(conn.draining);
    const session = new Session(this, conn);
    this.connections.add(session);
    session.init();
    await session.ended;
  }

  /** The base's way in, for a socket that passed no door. */
  override connect(socket: Socket): void {
    socket.destroy();
  }

  /** The base's own certificate has a public key: there is none here, TLS is the door's. */
  override updateSecureContext(): void {
    this.secureContext = new Map();
  }

  #watch(draining: AbortSignal): void {
    if (this.#watched.has(draining)) return;
    this.#watched.add(draining);
    const drain = () => {
      for (const connection of this.connections as Set<SMTPConnection>) (connection as Session).drain();
    };
    if (draining.aborted) return;
    draining.addEventListener('abort', drain, { once: true });
  }
}
