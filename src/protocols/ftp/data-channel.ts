import type { Expected } from '../../contracts/beside.ts';
import type { Connection } from '../../contracts/connection.ts';
import { CsError } from '../../kit/errors.ts';
import type { HostPort } from './host-port.ts';
import type { FtpContext } from './session.ts';

/** How the next data connection comes about, as PASV, PORT and PROT have said. One serves one transfer. */
export class DataChannel {
  readonly #ctx: FtpContext;
  readonly #owner: Connection;
  #expected: Expected | undefined;
  #to: HostPort | undefined;
  /** `P`: TLS on data connections. It is where the control connection began with TLS. */
  protection: 'C' | 'P';
  /** EPSV ALL was said: nothing else from then on (RFC 2428 section 4). */
  onlyExtended = false;
  #warned = false;

  constructor(ctx: FtpContext, owner: Connection) {
    this.#ctx = ctx;
    this.#owner = owner;
    this.protection = ctx.tls === 'implicit' ? 'P' : 'C';
  }

  /** Neither PASV nor PORT was said, or a transfer has used it up. */
  get absent(): boolean {
    return this.#expected === undefined && this.#to === undefined;
  }

  /** Clear text where this server wants none (RFC 4217 section 9). */
  get unprotected(): boolean {
    return this.protection === 'C' && (this.#ctx.tls === 'required' || this.#ctx.tls === 'implicit');
  }

  async listen(): Promise<Expected> {
    this.forget();
    const { beside } = this.#ctx;
    if (!beside) throw new CsError('CS_UNSUPPORTED', 'no data connections here');
    const expected = await beside.listen(this.#owner);
    this.#expected = expected;
    return expected;
  }

  /** An address that is not the client's own, or a port of somebody else's service (trust.md FT-01). */
  forbids({ address, port }: HostPort): boolean {
    const { peer, local } = this.#owner;
    return address !== peer.address || port < 1024 || (address === local.address && port === local.port);
  }

  active(to: HostPort): void {
    this.forget();
    this.#to = to;
  }

  forget(): void {
    void this.#expected?.[Symbol.asyncDispose]();
    this.#expected = undefined;
    this.#to = undefined;
  }

  /** Throws what `Beside` throws, and `CS_AUTH_REJECTED` for a TLS session that proves nothing where that is demanded. */
  async open(within: { readonly signal: AbortSignal }): Promise<Connection> {
    const conn = await this.#connection(within);
    try {
      if (this.protection === 'P') {
        await conn.startTls();
        this.#prove(conn);
      }
      conn.phase = 'D';
      return conn;
    } catch (error) {
      void conn.close();
      throw error;
    }
  }

  async #connection(within: { readonly signal: AbortSignal }): Promise<Connection> {
    const [expected, to] = [this.#expected, this.#to];
    this.#expected = undefined;
    this.#to = undefined;
    if (expected) {
      try {
        return await expected.accept(within);
      } finally {
        void expected[Symbol.asyncDispose]();
      }
    }
    if (to && this.#ctx.beside) return this.#ctx.beside.connect(this.#owner, to);
    throw new CsError('CS_BUG', 'a transfer without a data connection');
  }

  #prove(conn: Connection): void {
    if (conn.tls?.resumed) return;
    if (this.#ctx.options.dataTls === 'refuse') {
      throw new CsError('CS_AUTH_REJECTED', 'the data connection does not resume the TLS session of this one');
    }
    if (this.#warned) return;
    this.#warned = true;
    this.#ctx.log('warn', 'ftp.data.unproved', { server: this.#ctx.server.id, conn: this.#owner.id });
  }
}
