import type { Draft, Envelope, Recipient } from './delivery.ts';
import type { ByteRange } from './mail.ts';

/** One recipient of a message on its way out. */
export interface SpoolRecipient extends Recipient {
  /** Its place among the message's recipients. */
  readonly n: number;
  /** Lower case, as A-labels: tries for one domain are made together. */
  readonly domain: string;
  readonly tries: number;
  /** When it is tried next; milliseconds since 1970. */
  readonly due: number;
  /** Somebody is trying now. */
  readonly busy: boolean;
  /** What the last try was told, as a reply line; null before the first. */
  readonly reply: string | null;
  /** The sender was told that it takes longer. */
  readonly warned: boolean;
}

export type SpoolEnvelope = Pick<Envelope, 'from' | 'body' | 'smtputf8' | 'ret' | 'envid'> & {
  /** Who handed it in. */
  readonly user: string | null;
};

export interface SpoolMessage {
  readonly id: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly queuedAt: number;
  readonly envelope: SpoolEnvelope;
  readonly recipients: readonly SpoolRecipient[];
}

/** Recipients of one message in one domain, ours until the lease runs out. */
export interface SpoolLease extends SpoolMessage {
  /** Fencing: who comes with an older one than the last given changes nothing. */
  readonly term: number;
  readonly domain: string;
}

/** What became of one recipient: it is gone from the queue, or tried again when it is `due`. */
export type SpoolOutcome =
  | { readonly n: number; readonly gone: true }
  | {
      readonly n: number;
      readonly gone: false;
      readonly due: number;
      readonly reply: string;
      readonly warned: boolean;
    };

/** The queue as people look at it, and push it. */
export type Queue = Pick<Spool, 'list' | 'read' | 'retry' | 'remove'>;

/**
 * Mail that is to leave, until it has left: one state for each recipient (RFC 5321 section 4.5.4.1). What was acknowledged
 * here is delivered or reported, never lost; after a crash between the peer's 250 and `settle` it goes out twice.
 */
export interface Spool {
  /** A message for all of the envelope's recipients. It is spooled when `commit` has resolved; the first try is due at once. */
  open(envelope: Envelope): Promise<Draft> | Draft;
  /** What is due at `now`, oldest first, at most `most` leases and none for the domains in `busy`; nobody else gets it before `until`. */
  lease(now: number, until: number, most: number, busy: readonly string[]): Promise<readonly SpoolLease[]>;
  /** False: it had run out, and somebody else has it. */
  extend(lease: SpoolLease, until: number): Promise<boolean>;
  /** False: somebody else had it; nothing was changed. */
  settle(lease: SpoolLease, outcomes: readonly SpoolOutcome[]): Promise<boolean>;
  /** The message, byte for byte. Throws `CS_NOT_FOUND`. */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Ascending by id, with the recipients that are left. */
  list(): Promise<readonly SpoolMessage[]>;
  /** Due now, all or those of the given messages; how many recipients. */
  retry(ids?: readonly string[]): Promise<number>;
  /** Forget messages without a word to anybody; how many. */
  remove(ids: readonly string[]): Promise<number>;
  /** When the next recipient that nobody holds is due, but for the domains in `busy`; undefined: none waits. */
  due(busy?: readonly string[]): Promise<number | undefined>;
}
