import type { Duplex } from 'node:stream';
import type { CsError } from '../kit/errors.ts';

/** Where the other end is. A Unix socket counts as loopback; `port` is 0 there. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  readonly loopback: boolean;
  readonly unix?: true;
}

export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  readonly alpn: string | undefined;
  readonly servername: string | undefined;
  /** The handshake resumed a session of the connection that this one stands beside. */
  readonly resumed?: boolean;
  /** Only beside another connection: the peer's end came without close_notify (RFC 8446 section 6.1): perhaps it was not all. */
  readonly cut?: boolean;
}

/** Milliseconds of each step of dialling: the name, the connection (with a proxy's part), the handshake. */
export interface DialTimings {
  readonly name: number;
  readonly connect: number;
  readonly tls: number;
}

/** An HTTP proxy that forwards what it is told in absolute form (RFC 9112 section 3.2.2). */
export interface Forwarder {
  /** Value of `Proxy-Authorization`; secret. */
  readonly authorization: string | undefined;
}

/** The second letter of a termination code (trust.md 6): before greeting, handshake, auth, command, data, idle, quit. */
export type Phase = 'P' | 'H' | 'A' | 'C' | 'D' | 'I' | 'Q';
/** The first: peer, we, deadline, limit, local error, shutdown. */
export type EndedBy = 'C' | 'S' | 'T' | 'L' | 'E' | 'X';

/** One conversation, accepted by the door or made by the dialer. Bytes in are iterated, once, by one reader. */
export interface Connection extends AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly id: string;
  readonly role: 'server' | 'client';
  readonly peer: Peer;
  readonly local: Peer;
  readonly secure: boolean;
  readonly tls: TlsFacts | undefined;
  /** A password may travel here: TLS, or both ends on this machine. */
  readonly trusted: boolean;
  /** Of a dialled connection. */
  readonly timings?: DialTimings;
  /** The other end is a proxy that has to be told the whole URL; only for a dialler that said it can. */
  readonly forwarder?: Forwarder | undefined;
  /** Aborts when either end hung up, a deadline passed, or the door is closing; `reason` is a `CsError`. */
  readonly signal: AbortSignal;
  /** Called once, where `signal` would abort; at once if it has. For who wants no more of it: a signal is dear to make. */
  whenOver(told: (reason: CsError) => void): void;
  /** Resolves true once the door drains: finish the command at hand, say goodbye, close. Never for a client. */
  readonly draining: AbortSignal;
  /** Set by the protocol as the conversation moves on; the closing summary shows it. */
  phase: Phase;
  /** Set at login: per-user limits and the summary line use it. */
  user: string | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Resolves when the bytes may be forgotten: at once while less than the high-water mark waits (256 KiB), else on drain. */
  write(bytes: Uint8Array | string): Promise<void>;
  /**
   * (Re)arm the one deadline: past it reading throws `CS_TIMEOUT`, `signal` aborts and, a second later, the socket is gone.
   * @param ms milliseconds from now; 0 disarms
   * @param minimumRate octets per second the peer must keep up from now on, else the same end comes
   */
  deadline(ms: number, minimumRate?: number): void;
  /**
   * Server: TLS with the door's certificate; client: as dialled (verified unless `--insecure`).
   * @param unread what the protocol has received and not understood yet; anything but nothing is refused with
   * `CS_PEER_PROTOCOL` (server: discard it first, RFC 3207 section 4.2) because plaintext must not cross the handshake
   */
  startTls(unread?: Uint8Array): Promise<void>;
  /** Orderly end: flush, FIN, and the socket is gone within a second. `by` defaults to `S`. Safe to call twice. */
  close(by?: EndedBy): Promise<void>;
  /** The same conversation as a stream for a library. Take it once per TLS state; after that do not iterate or write here. */
  duplex(): Duplex;
}

/** One stage of the front door: may read, wrap or refuse (throw) the connection. */
export type Filter = (conn: Connection) => Promise<Connection>;
