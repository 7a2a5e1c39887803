import type { Secret } from '../kit/secret.ts';

/** An inbox for a while: an account of its own that sees nothing but its own mail, and is gone with it when its time is up. */
export interface LentInbox {
  /** Of the account: the SMTP, IMAP and POP3 user. Never given twice. */
  readonly name: string;
  /** Mail for it is its mail, sub-addresses (`name+tag@`) included; so is all that is submitted by its login. */
  readonly address: string;
  /** The account that asked; '' where nobody needs to log in. */
  readonly by: string;
  readonly createdAt: string;
  /** Fixed: using it changes nothing. */
  readonly expiresAt: string;
  /** Milliseconds that were asked for last. */
  readonly ttl: number;
  readonly quota: { readonly bytes?: number; readonly messages?: number };
}

export interface LendOrder {
  /** What its name begins with, in any words; the rest is random, so that two tests of one name never meet. */
  readonly name?: string;
  /** Of the address; `inbox.test` if absent. */
  readonly domain?: string;
  /** Milliseconds; an hour if absent. */
  readonly ttl?: number;
  readonly quota?: LentInbox['quota'];
  readonly by: string;
}

export interface LentInboxes {
  /** The token is the password as well, and is shown once. Throws `CS_INPUT`, `CS_LIMIT`, `CS_UNSUPPORTED`. */
  lend(order: LendOrder): Promise<{ readonly inbox: LentInbox; readonly token: Secret }>;
  /** Undefined: there is none of that name (any more). */
  find(name: string): Promise<LentInbox | undefined>;
  /** From now on so many milliseconds are left. Throws `CS_NOT_FOUND`, `CS_INPUT`. */
  prolong(name: string, ttl: number): Promise<LentInbox>;
  /** Before its time. Resolves to how many messages went with it. Throws `CS_NOT_FOUND`. */
  end(name: string): Promise<number>;
  /** Aborts when the inbox is gone; undefined where it is already. */
  life(name: string): Promise<AbortSignal | undefined>;
}
