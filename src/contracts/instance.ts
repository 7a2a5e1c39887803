import type { Json } from './journal.ts';

/** A running `cs serve` or `cs run`, as the control API shows it. */
export interface Instance {
  /** The ready object of surface.md section 7, secrets masked. */
  readonly ready: () => { readonly [key: string]: Json };
  /** Counters and open connections per server. */
  readonly state: () => { readonly [key: string]: Json };
  /** As SIGTERM would; resolves when it has begun. */
  readonly stop: () => Promise<void>;
  /** As SIGHUP would. */
  readonly reload: () => Promise<void>;
}
