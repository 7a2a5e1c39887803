import type { Connection } from '../../../contracts/connection.ts';
import type { CanonicalPath } from './path.ts';
import type { HttpRequest } from './route.ts';

/** One request that was answered, told once whatever answered it: what logs, counters and the journal are made of. */
export interface Answered {
  readonly conn: Connection;
  readonly method: string;
  /** As it came; nothing in it was checked. */
  readonly target: string;
  /** `1.1`, `1.0`, `2` */
  readonly version: string;
  readonly status: number;
  /** Of the content that was sent. */
  readonly octets: number;
  /** From the end of its head to the end of its answer. */
  readonly ms: number;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** The target as it was understood; absent where it was refused before that. */
  readonly named?: CanonicalPath;
  /** Absent where it was refused before anything looked at it, and where the answer stood ready. */
  readonly request?: HttpRequest;
}
