import type { Draft, Origin, Receipt } from './delivery.ts';

export interface Mailbox {
  /** `INBOX`, or a path of names joined by `/`, in Unicode. */
  readonly name: string;
  /** The same after a rename, and never another mailbox's (RFC 8474); absent: the end does not know. */
  readonly id?: string;
  /** Never reused for another mailbox of that name (RFC 9051 section 2.3.1.1). */
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messages: number;
  readonly unseen: number;
  readonly bytes: number;
  /** Every change takes the next one, expunge included (RFC 7162). */
  readonly highestModseq: number;
  /** RFC 9051 section 7.3.1; absent: the end does not know. */
  readonly subscribed?: boolean;
  /** RFC 6154: `\Drafts \Sent ... \All`. */
  readonly use?: readonly string[];
  /** A name that only has children. Our own stores list no such names. */
  readonly selectable?: false;
}

/** A mailbox as one session opened it: columns of equal length, ascending by uid, all of one moment. */
export interface MailboxView {
  readonly mailbox: Mailbox;
  readonly uids: Uint32Array;
  readonly modseqs: Float64Array;
  /** Indices into `flagSets`. */
  readonly flags: Uint32Array;
  readonly flagSets: readonly (readonly string[])[];
}

export interface FlagState {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly modseq: number;
}

/** What happened in a mailbox after a modseq. */
export interface MailChanges {
  /** Of that moment (uidNext, highestModseq ...). */
  readonly mailbox: Mailbox;
  /** New ones too; ascending by uid. */
  readonly changed: readonly FlagState[];
  /** Ascending. May name uids that came and went after the modseq. */
  readonly vanished: readonly number[];
  /** False: tombstones that old were compacted; who wants to know must compare uids (RFC 7162 section 3.2.5.1). */
  readonly complete: boolean;
}

export interface FlagResult {
  /** With the new modseq; what had these flags already is left out. Ascending. */
  readonly changed: readonly FlagState[];
  /** Had a modseq above `unchangedSince` (RFC 7162 section 3.1.3); untouched. Ascending. */
  readonly refused: readonly number[];
}

/** `from[n]` stands under `to[n]` now. */
export interface Copied {
  readonly uidValidity: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface MailReceipt extends Receipt {
  readonly uid: number;
  readonly uidValidity: number;
}

export interface MailDraft extends Draft {
  commit(): Promise<MailReceipt>;
}

export interface Use {
  readonly used: number;
  readonly limit?: number;
}

/** One MIME part. Offsets are octets from the message's start; strings hold one octet per character, so that nothing is lost. */
export interface MimePart {
  /** Of its header. */
  readonly start: number;
  /** Of its body, after the empty line. */
  readonly body: number;
  /** Exclusive; without the line end that belongs to the next boundary. */
  readonly end: number;
  /** Of the body. */
  readonly lines: number;
  /** Lower case: `text/plain`, `multipart/mixed`, `message/rfc822`. */
  readonly type: string;
  readonly params: readonly (readonly [string, string])[];
  readonly id?: string;
  readonly description?: string;
  /** Lower case; `7bit` when absent. */
  readonly encoding: string;
  readonly disposition?: readonly [string, readonly (readonly [string, string])[]];
  readonly language?: readonly string[];
  readonly location?: string;
  readonly md5?: string;
  /** A multipart's parts; of message/rfc822 exactly one, the message inside. */
  readonly parts?: readonly MimePart[];
}

/** RFC 5256, decoded to Unicode. Addresses are the mailbox of the first. */
export interface SortKeys {
  /** Milliseconds since the epoch; NaN: none. */
  readonly sentAt: number;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly fromName: string;
  readonly toName: string;
  readonly messageId: string;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
}

/** Made in one pass over the octets, stored once beside the message. */
export interface MessageIndex {
  readonly root: MimePart;
  /** ENVELOPE as IMAP writes it (RFC 9051 section 7.5.2), parentheses included, one octet per character. */
  readonly envelope: string;
  /** BODYSTRUCTURE with extension data, likewise. */
  readonly structure: string;
  readonly keys: SortKeys;
}

export interface ScanWish {
  readonly index?: readonly (keyof MessageIndex)[];
  /** Octets of the top header, empty line included. */
  readonly header?: true;
  /** The whole message where it is at most 256 KiB; larger ones: `read`. */
  readonly content?: true;
}

export interface Scanned {
  readonly uid: number;
  readonly id: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** When it was put into this mailbox, likewise. */
  readonly savedAt: number;
  readonly index?: Partial<MessageIndex>;
  readonly header?: Uint8Array;
  readonly content?: Uint8Array;
}

/** One message in one mailbox. The header facts are what the message says, decoded, unescaped, at most 1,000 characters each. */
export interface MailEntry {
  readonly uid: number;
  /** The same for every copy of one message. */
  readonly id: string;
  readonly size: number;
  readonly receivedAt: string;
  readonly flags: readonly string[];
  readonly modseq: number;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly headers: MailHeaders;
}

export interface MailHeaders {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  readonly date: string;
}

export interface ByteRange {
  readonly start: number;
  /** Exclusive; absent means to the end. */
  readonly end?: number;
}

export type Uids = readonly number[] | Uint32Array;
export type FlagChange = 'add' | 'remove' | 'replace';

/** One owner's mail. Servers take it, clients are it; what a remote end cannot do is absent and asked for before use. */
export interface MailStore {
  /**
   * What tells the ids of this store from those of any other, and from its own before it was emptied: letters and digits. With
   * it every mailbox has an id, and messages of one id are one content (RFC 8474).
   */
  readonly era?: string;
  mailboxes(): Promise<readonly Mailbox[]>;
  /** Ascending by uid. `uids` limits it; unknown ones are left out. Throws `CS_NOT_FOUND` for an unknown mailbox. */
  list(mailbox: string, uids?: readonly number[]): Promise<readonly MailEntry[]>;
  /** The message, byte for byte as it was accepted. Throws `CS_NOT_FOUND`. */
  read(mailbox: string, uid: number, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** All of them in one transaction; resolves to how many were there. */
  remove(mailbox: string, uids: readonly number[]): Promise<number>;
  /** Throws `CS_NOT_FOUND`. */
  open?(mailbox: string): Promise<MailboxView>;
  /** Who delivered it, and how; undefined for what was put here by hand. Throws `CS_NOT_FOUND`. */
  origin?(mailbox: string, uid: number): Promise<Origin | undefined>;
  changes?(mailbox: string, since: number): Promise<MailChanges>;
  /**
   * Hints, never truth: names of mailboxes in which something may have happened, as it happens, coalesced, until the signal
   * aborts. Also for what other processes did (within a second), and for new, renamed and dropped mailboxes. What happens
   * after the call is told, even before the first is asked for.
   */
  watch?(signal: AbortSignal): AsyncIterable<string>;
  /** In the order of `uids`, in batches of about 1 MiB at most. Unknown uids are left out. */
  scan?(mailbox: string, uids: Uids, wish: ScanWish): AsyncIterable<readonly Scanned[]>;
  /**
   * Ascending uids of messages that contain the text, as a substring, caseless, after content and header codings are undone
   * (RFC 9051 section 6.4.4). `where`: `text` (header and body), `body`, or a header field's name in lower case; an empty
   * text with a field's name: the field is there.
   */
  contains?(mailbox: string, where: string, text: string, uids?: Uids): Promise<Uint32Array>;
  append?(
    mailbox: string,
    how?: { readonly flags?: readonly string[]; readonly receivedAt?: string },
  ): Promise<MailDraft> | MailDraft;
  /** All or none (RFC 3502): drafts of this store that were written whole and not yet committed. */
  commitAll?(drafts: readonly MailDraft[]): Promise<readonly MailReceipt[]>;
  /**
   * The draft is filed and that message removed in one step; what it takes is counted once. Throws `CS_NOT_FOUND` where the
   * message is gone: then nothing is filed.
   */
  replace?(mailbox: string, uid: number, draft: MailDraft): Promise<MailReceipt>;
  flag?(
    mailbox: string,
    uids: readonly number[],
    change: FlagChange,
    flags: readonly string[],
    how?: { readonly unchangedSince?: number },
  ): Promise<FlagResult>;
  /** All or none; shares the content. Throws `CS_NOT_FOUND` for either mailbox, `CS_QUOTA`. */
  copy?(mailbox: string, uids: readonly number[], to: string): Promise<Copied>;
  /** In one step (RFC 6851). */
  move?(mailbox: string, uids: readonly number[], to: string): Promise<Copied>;
  /** Names that are subscribed, also of mailboxes that are no more (RFC 9051 section 6.3.7). */
  subscriptions?(): Promise<readonly string[]>;
  /** Words as people type them; see `contains` for substrings. */
  search?(mailbox: string, words: string): Promise<readonly number[]>;
  /** Throws `CS_INPUT` for a name or use that cannot be given, `CS_EXISTS`, `CS_LIMIT`. */
  create?(mailbox: string, how?: { readonly use?: readonly string[] }): Promise<void>;
  /** Children stay. Throws `CS_INPUT` for INBOX. */
  drop?(mailbox: string): Promise<void>;
  /** With its children; uidValidity and uids stay. INBOX: its messages move to the new one (RFC 9051 section 6.3.6). */
  rename?(mailbox: string, to: string): Promise<void>;
  /** Survives the mailbox, and may come before it. */
  subscribe?(mailbox: string, on: boolean): Promise<void>;
  quota?(): Promise<{ readonly bytes: Use; readonly messages: Use }>;
}

/** Everybody's mail in one place. */
export interface MailHouse {
  /**
   * The mail of one owner (canonical account name or address). `*` is everything captured: its INBOX holds every message
   * once, and there the uid is the message's id.
   */
  of(owner: string): Promise<MailStore>;
  /** Takes the maildrop for one session (RFC 1939 section 8); undefined while another holds it. Dispose to give it back. */
  lock(owner: string): Disposable | undefined;
  /** Empty the store; resolves to how many messages went. Ids and uids are never reused. */
  clear(): Promise<number>;
  /** All that one owner has: mailboxes, subscriptions, and the messages that nobody else has. How many stood there. */
  forget?(owner: string): Promise<number>;
}
