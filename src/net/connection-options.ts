import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../contracts/connection.ts';
import type { StreamHook } from './delay-line.ts';

export interface StreamConnectionOptions {
  /** A socket, a TLS socket, or any duplex. It has `allowHalfOpen` if answers may follow the peer's FIN. */
  readonly stream: Duplex;
  readonly id: string;
  readonly role: 'server' | 'client';
  readonly peer: Peer;
  /** Or how to find out: the system is asked when somebody wants to know. */
  readonly local: Peer | (() => Peer);
  /** The handshake behind `startTls`; throws `CS_TLS`, `CS_TIMEOUT`. Absent: `startTls` throws `CS_UNSAFE`. */
  readonly upgrade?: (stream: Duplex) => Promise<TLSSocket>;
  readonly draining?: AbortSignal;
  /** Filters above TLS (faults, transcript), the nearest to the wire first. */
  readonly hooks?: readonly StreamHook[];
  /** Milliseconds that a peer may fall behind the minimum rate; 10 s. */
  readonly rateGrace?: number;
  /** True while this process does not keep up: then silence is borne for a short time only. */
  readonly overloaded?: () => boolean;
  /** Milliseconds of that; 10 s. */
  readonly stressTime?: number;
  /** Called when the protocol sets `user`; throws `CS_BUSY` when that account has too many connections. */
  readonly onUser?: (user: string | undefined, before: string | undefined) => void;
}
