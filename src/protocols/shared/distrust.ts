import type { Connection } from '../../contracts/connection.ts';
import type { ServerContext } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';

const ALERTS = /ALERT_(?:UNKNOWN_CA|CERTIFICATE_UNKNOWN|BAD_CERTIFICATE)/;
const HINT =
  'it may not trust our certificate: with --tls off none is offered; NODE_EXTRA_CA_CERTS=$(cs cert ca --pick path) is for Node, cs cert trust says how for others';

/**
 * Clients that begin TLS because it is offered, and go because our certificate is not of an authority that they know. They tell
 * their users of a certificate and nobody of us, so the operator hears of it: once, as all of them will do it.
 */
export class Distrust {
  readonly #protocol: string;
  readonly #ctx: Pick<ServerContext<never, never>, 'log' | 'server'>;
  #told = false;

  constructor(protocol: string, ctx: Pick<ServerContext<never, never>, 'log' | 'server'>) {
    this.#protocol = protocol;
    this.#ctx = ctx;
  }

  /** TLS from here on; throws what `startTls` throws. */
  async secure(conn: Connection): Promise<void> {
    try {
      await conn.startTls();
    } catch (error) {
      if (distrusts(error)) this.left(conn.id);
      throw error;
    }
  }

  /** It left behind the handshake, without a word. */
  left(conn: string): void {
    if (this.#told) return;
    this.#told = true;
    const { log, server } = this.#ctx;
    log('warn', `${this.#protocol}.left_at_tls`, { server: server.id, conn, hint: HINT });
  }
}

/** Whoever has seen the certificate may hang up before we know that the handshake is over. */
function distrusts(error: unknown): boolean {
  if (!(error instanceof CsError)) return false;
  const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return error.code === 'CS_CANNOT_CONNECT' || ALERTS.test(code);
}
