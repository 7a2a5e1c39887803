import { performance } from 'node:perf_hooks';
import type { EndedBy } from '../contracts/connection.ts';
import type { Json } from '../contracts/journal.ts';
import type { CsError, ErrorCode } from '../kit/errors.ts';
import type { StreamConnection } from './connection.ts';

/** One connection on its way through the door. */
export interface Visit {
  readonly conn: StreamConnection;
  /** The n-th of its server. */
  readonly ordinal: number;
  /** `performance.now()` at accept. */
  readonly since: number;
  /** What to give back once it is gone. */
  readonly leave: (() => void)[];
  /** The protocol has it; before that nothing worth finishing has begun. */
  inside: boolean;
}

/** Who ended a conversation whose handler threw this; what is not here is our own fault. */
const BLAMED: Partial<Record<ErrorCode, EndedBy>> = {
  CS_PEER_PROTOCOL: 'S',
  CS_PEER_REFUSED: 'S',
  CS_AUTH_REQUIRED: 'S',
  CS_AUTH_REJECTED: 'S',
  CS_UNSAFE: 'S',
  CS_PEER_LIMIT: 'L',
  CS_LIMIT: 'L',
  CS_BUSY: 'L',
  CS_TIMEOUT: 'T',
  CS_CANNOT_CONNECT: 'C',
  CS_TLS: 'C',
};

export function endedBy(reason: CsError): EndedBy {
  return BLAMED[reason.code] ?? 'E';
}

export interface Summary {
  readonly [key: string]: string | number | boolean | null;
}

/** What the closing summary says: the journal's `connection.close`, and one log line. */
export function summary({ conn, since }: Visit): Summary {
  return {
    conn: conn.id,
    peer: conn.peer.address,
    user: conn.user ?? null,
    secure: conn.secure,
    bytes_in: conn.bytesIn,
    bytes_out: conn.bytesOut,
    duration_ms: Math.round(performance.now() - since),
    code: `${conn.endedBy ?? 'S'}${conn.phase}`,
    ...(conn.failure ? { error: conn.failure.code, reason: conn.failure.message } : {}),
  };
}

/** An open connection, for the state page. */
export function describe({ conn, since }: Visit): { readonly [key: string]: Json } {
  return {
    conn: conn.id,
    peer: conn.peer.address,
    user: conn.user ?? null,
    secure: conn.secure,
    phase: conn.phase,
    bytes_in: conn.bytesIn,
    bytes_out: conn.bytesOut,
    age_ms: Math.round(performance.now() - since),
  };
}
