import type { Connection } from './connection.ts';

/** A port that waits for one connection, and only from the owner's peer. */
export interface Expected extends AsyncDisposable {
  /** Where the peer finds it: the owner's own address, or the public one that was configured. */
  readonly address: string;
  readonly port: number;
  /**
   * The connection of the owner's peer; whoever else knocks is closed, and the wait goes on. Throws `CS_TIMEOUT` when nobody
   * came in time; the port is closed after the first one in any case.
   * @param within its signal is asked for only where the peer is not there yet
   */
  accept(within?: { readonly signal: AbortSignal }): Promise<Connection>;
}

/**
 * Second connections that belong to a first: FTP's data connections (RFC 959 section 3.2). They end with their owner, count
 * among its limits, and meet the same faults. `startTls` takes the owner's role whoever dialled (RFC 4217 section 7), with the
 * owner's own session tickets: `tls.resumed` then proves that the same peer is at the other end.
 */
export interface Beside {
  /** An unpredictable free port (of the configured range) on the owner's own address. Throws `CS_BUSY` when there is none. */
  listen(owner: Connection): Promise<Expected>;
  /** To the owner's peer and to nobody else: `CS_DENIED` for another address, or a port below 1024. */
  connect(owner: Connection, to: { readonly address: string; readonly port: number }): Promise<Connection>;
}
