import { CsError } from '../../kit/errors.ts';
import type { SmtpContext } from './policy.ts';

const ALERTS = /ALERT_(?:UNKNOWN_CA|CERTIFICATE_UNKNOWN|BAD_CERTIFICATE)/;

/**
 * Clients that begin TLS because it is offered, and go because our certificate is not of an authority that they know. They tell
 * their users of a certificate and nobody of us, so the operator hears of it: once, as all of them will do it.
 */
export class Distrust {
  readonly #ctx: Pick<SmtpContext, 'log' | 'server'>;
  #told = false;

  constructor(ctx: Pick<SmtpContext, 'log' | 'server'>) {
    this.#ctx = ctx;
  }

  /** The handshake failed. */
  failed(error: unknown, conn: string): void {
    if (!(error instanceof CsError)) return;
    const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
    // Whoever has seen the certificate may hang up before we know that the handshake is over.
    if (error.code === 'CS_CANNOT_CONNECT' || ALERTS.test(code)) this.left(conn);
  }

  /** It left behind the handshake, without a word. */
  left(conn: string): void {
    if (this.#told) return;
    this.#told = true;
    const { log, server } = this.#ctx;
    const hint = 'it may not trust our certificate: cs cert trust, NODE_EXTRA_CA_CERTS, or --tls off';
    log('warn', 'smtp.left_at_tls', { server: server.id, conn, hint });
  }
}
