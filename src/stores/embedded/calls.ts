/** What the main thread asks of the two database threads. Everything here crosses by structured clone. */
import type { UserRecord } from '../../contracts/accounts.ts';
import type { Origin, Recipient } from '../../contracts/delivery.ts';
import type { Fact, NewFact } from '../../contracts/journal.ts';
import type {
  Copied,
  FlagChange,
  Mailbox,
  MailboxView,
  MailChanges,
  MailEntry,
  MessageIndex,
  ScanWish,
} from '../../contracts/mail.ts';
import type { SpoolEnvelope, SpoolLease, SpoolMessage, SpoolOutcome } from '../../contracts/spool.ts';
import type { Durability } from '../../contracts/store.ts';
import type { ErrorCode } from '../../kit/errors.ts';
import type { Wanted } from '../../kit/mime/search-text.ts';
import type { Page } from '../shared/follow.ts';
import type { Keeping } from '../shared/keeping.ts';

export interface ThreadData {
  readonly file: string;
  readonly blobs: string;
  readonly durability: Durability;
  readonly keeping: Keeping;
}

export interface Place {
  readonly owner: string;
  readonly mailbox: string;
}

/** A message to be filed; its octets travel beside it, or stand in a synced file already. */
export interface Arrived {
  readonly size: number;
  readonly blob?: string;
  readonly envelope: {
    readonly from: string;
    readonly to: readonly { readonly address: string }[];
    readonly session?: { readonly user: string };
    readonly owners?: readonly string[];
  };
  readonly origin?: Origin | undefined;
  readonly into?: Place & { readonly flags: readonly string[]; readonly receivedAt: string | undefined };
  /** Not filed: to be sent on to these. */
  readonly spool?: { readonly envelope: SpoolEnvelope; readonly to: readonly Recipient[] };
}

interface Call<A, R> {
  readonly args: A;
  readonly result: R;
}
type Uids = Place & { readonly uids: readonly number[] };
type FlagCall = Uids & {
  readonly change: FlagChange;
  readonly flags: readonly string[];
  readonly unchangedSince: number | undefined;
};
/** What was changed alike stands together. */
export interface Flagged {
  readonly modseq: number;
  readonly changed: readonly { readonly flags: readonly string[]; readonly uids: readonly number[] }[];
  readonly refused: readonly number[];
}
export interface Filed {
  readonly id: number;
  readonly uid: number;
  readonly uidValidity: number;
}
/** Files that no row names any more; the main thread unlinks them. */
interface Removed {
  readonly count: number;
  readonly blobs: readonly string[];
}
type Held = Pick<SpoolLease, 'id' | 'term'>;
interface LeaseWish {
  readonly now: number;
  readonly until: number;
  readonly most: number;
  readonly busy: readonly string[];
}
export interface IndexBatch {
  readonly from: number;
  readonly upTo: number;
  readonly texts: readonly IndexRow[];
}
export interface IndexRow {
  readonly id: number;
  /** Tokens, for search by words. */
  readonly words: string;
  readonly header: string;
  readonly body: string;
  /** The body has more text than that. */
  readonly cut: boolean;
  readonly index: IndexColumns;
}
export interface IndexColumns {
  readonly headerEnd: number;
  /** JSON. */
  readonly root: string;
  readonly envelope: string;
  readonly structure: string;
  /** JSON. */
  readonly keys: string;
  /** Only of a long content. */
  readonly header?: Uint8Array | undefined;
}

/** A mailbox in which something happened. */
export interface Stirred {
  readonly owner: string;
  readonly mailbox: string;
  /** Undefined where it has none any more. */
  readonly modseq: number | undefined;
}

export interface ScanCall extends Place {
  readonly uids: Uint32Array;
  readonly wish: ScanWish;
}
export type ScanColumn = keyof MessageIndex | 'header' | 'content';
/** Octets of many messages. */
export interface OctetColumn {
  /** -1: not there. */
  readonly lengths: Int32Array;
  /** Of all that are there, one behind the other. */
  readonly octets: Uint8Array;
}
/** Columns of equal length. */
export interface ScanBatch {
  /** Where to go on in the uids; undefined at their end. */
  readonly next: number | undefined;
  readonly uids: Uint32Array;
  readonly ids: Float64Array;
  readonly sizes: Float64Array;
  readonly receivedAt: Float64Array;
  readonly savedAt: Float64Array;
  readonly columns: { readonly [K in ScanColumn]?: OctetColumn };
  /** Some had no index yet: it was made for this, and not kept. */
  readonly unindexed: boolean;
}

export interface WriterCalls {
  open: Call<null, null>;
  /** The message's id. */
  store: Call<Arrived, number>;
  /** Into a mailbox each, all or none; what stands in no file travels beside them, one after the other. */
  append: Call<readonly Arrived[], readonly Filed[]>;
  replace: Call<
    { readonly old: Place & { readonly uid: number }; readonly arrived: Arrived },
    { readonly filed: Filed; readonly removed: Removed }
  >;
  fact: Call<NewFact, number>;
  mark: Call<null, number>;
  forget: Call<{ readonly event: string; readonly dryRun: boolean }, number>;
  claim: Call<{ readonly cursor: number; readonly exclusive: boolean }, boolean>;
  putUser: Call<UserRecord, null>;
  removeUser: Call<string, boolean>;
  flag: Call<FlagCall, Flagged>;
  copy: Call<Uids & { readonly to: string }, Copied>;
  move: Call<Uids & { readonly to: string }, Copied>;
  rename: Call<Place & { readonly to: string }, null>;
  subscribe: Call<Place & { readonly on: boolean }, null>;
  /** Whether answers tell which mailboxes were changed. */
  watch: Call<boolean, null>;
  remove: Call<Uids, Removed>;
  create: Call<Place & { readonly use?: readonly string[] }, null>;
  drop: Call<Place, Removed>;
  clear: Call<null, Removed>;
  /** All that an owner has. */
  dropOwner: Call<string, Removed>;
  /** What is too much or too old goes; the answers tell of their files. */
  retain: Call<null, null>;
  /** False: another process was faster. */
  index: Call<IndexBatch, boolean>;
  spoolLease: Call<LeaseWish, readonly SpoolLease[]>;
  spoolExtend: Call<Held & { readonly until: number }, boolean>;
  spoolSettle: Call<
    Held & { readonly outcomes: readonly SpoolOutcome[] },
    { readonly settled: boolean; readonly blobs: readonly string[] }
  >;
  spoolRetry: Call<readonly string[] | undefined, number>;
  spoolRemove: Call<readonly string[], Removed>;
}

export interface ReaderCalls {
  open: Call<null, null>;
  mailboxes: Call<string, readonly Mailbox[]>;
  list: Call<Place & { readonly uids: readonly number[] | undefined }, readonly MailEntry[]>;
  origin: Call<Place & { readonly uid: number }, Origin | undefined>;
  content: Call<Place & { readonly uid: number }, { readonly blob: string } | { readonly bytes: Uint8Array }>;
  view: Call<Place, MailboxView>;
  changes: Call<Place & { readonly since: number }, MailChanges>;
  scan: Call<ScanCall, ScanBatch>;
  contains: Call<Place & Wanted & { readonly uids: Uint32Array | undefined }, Uint32Array>;
  subscriptions: Call<string, readonly string[]>;
  usage: Call<string, { readonly bytes: number; readonly messages: number }>;
  /** The mailboxes of these owners, with their modseqs. */
  stirred: Call<readonly string[], readonly Stirred[]>;
  search: Call<Place & { readonly phrases: readonly string[] }, readonly number[]>;
  unindexed: Call<{ readonly limit: number }, IndexBatch>;
  page: Call<{ readonly after: number; readonly events: readonly string[] }, Page>;
  unclaimed: Call<readonly string[], readonly Fact[]>;
  newest: Call<null, number>;
  user: Call<string, UserRecord | undefined>;
  userByAddress: Call<string, UserRecord | undefined>;
  /** Whether any account has a quota of its own. */
  quotas: Call<null, boolean>;
  users: Call<null, readonly UserRecord[]>;
  spoolList: Call<null, readonly SpoolMessage[]>;
  spoolContent: Call<string, { readonly blob: string } | { readonly bytes: Uint8Array }>;
  spoolDue: Call<readonly string[], number | undefined>;
  /** Those of the given files that a row names. */
  namedBlobs: Call<readonly string[], readonly string[]>;
}

export type Calls = Record<keyof WriterCalls | keyof ReaderCalls, Call<unknown, unknown>>;

/** One posting: the calls of a turn, and all their octets in one buffer that is handed over, not copied. */
export interface Posting {
  readonly calls: readonly Posted[];
  readonly data: ArrayBuffer;
}
export interface Posted {
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
  readonly at: number;
  readonly length: number;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: Failure;
}
export interface Answers {
  readonly answers: readonly Answer[];
  /** The newest cursor given in this transaction. */
  readonly cursor?: number;
  readonly stirred?: readonly Stirred[];
  /** Files that no row names any more, of messages that went by themselves. */
  readonly evicted?: readonly string[];
}
