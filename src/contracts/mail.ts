import type { Draft } from './delivery.ts';

export interface Mailbox {
  /** `INBOX`, or a path of names joined by `/`, in Unicode. */
  readonly name: string;
  /** Never reused for another mailbox of that name (RFC 9051 section 2.3.1.1). */
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messages: number;
  readonly unseen: number;
  readonly bytes: number;
  readonly highestModseq: number;
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

export type FlagChange = 'add' | 'remove' | 'replace';

/** One owner's mail. Servers take it, clients are it; what a remote end cannot do is absent and asked for before use. */
export interface MailStore {
  mailboxes(): Promise<readonly Mailbox[]>;
  /** Ascending by uid. `uids` limits it; unknown ones are left out. Throws `CS_NOT_FOUND` for an unknown mailbox. */
  list(mailbox: string, uids?: readonly number[]): Promise<readonly MailEntry[]>;
  /** The message, byte for byte as it was accepted. Throws `CS_NOT_FOUND`. */
  read(mailbox: string, uid: number, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** All of them in one transaction; resolves to how many were there. */
  remove(mailbox: string, uids: readonly number[]): Promise<number>;
  append?(mailbox: string, how?: { flags?: readonly string[]; receivedAt?: string }): Promise<Draft> | Draft;
  flag?(mailbox: string, uids: readonly number[], change: FlagChange, flags: readonly string[]): Promise<void>;
  copy?(mailbox: string, uids: readonly number[], to: string): Promise<readonly number[]>;
  search?(mailbox: string, words: string): Promise<readonly number[]>;
  create?(mailbox: string): Promise<void>;
  drop?(mailbox: string): Promise<void>;
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
}
