/**
 * Servers of `cs` inside a program or a test: what `start` takes and gives. This file is also the package's type
 * declaration, so it stands alone.
 */

/** The flags of `cs serve` by their names in camel case: `{ auth: 'required', data: './mail', smtpSize: '1m' }`. */
export interface StartOptions {
  readonly [flag: string]: string | number | boolean | readonly (string | number)[] | undefined;
}

/** Text in any case, or an expression. */
export type Pattern = string | RegExp;

export interface WaitOptions {
  /** Only what happened after this cursor (`mark`). */
  readonly after?: number;
  /** Milliseconds; 5,000. */
  readonly timeout?: number;
  /** Take the match, so that no other claiming wait gets it. */
  readonly claim?: boolean;
}

export interface MailWish extends WaitOptions {
  /** A recipient, of the envelope or the header. */
  readonly to?: Pattern;
  readonly from?: Pattern;
  readonly subject?: Pattern;
  /** In the text or the HTML. */
  readonly body?: Pattern;
  /** Field name → pattern. */
  readonly header?: { readonly [name: string]: Pattern };
}

export interface RequestWish extends WaitOptions {
  /** `POST`, `POST,PUT`. */
  readonly method?: string;
  /** `/api/**`, or an expression. */
  readonly path?: Pattern;
  readonly query?: { readonly [name: string]: Pattern };
  readonly header?: { readonly [name: string]: Pattern };
  /** As `cs wait request --body`: `event=paid`, `.total>10`, text. */
  readonly body?: string | readonly string[];
}

export interface ReceivedMail {
  readonly id: string;
  /** The journal's cursor: `after` for the next wait. */
  readonly cursor: number;
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** The login it came with. */
  readonly user: string | null;
  readonly subject: string;
  readonly messageId: string;
  readonly size: number;
  readonly receivedAt: Date;
  /** The text part, else the HTML as text. */
  readonly text: string;
  readonly html: string;
  /** Octet for octet. */
  readonly raw: Uint8Array;
  /** Values of a header field, decoded. */
  header(name: string): readonly string[];
  /** `code`, `link`, `link:/verify/`, `header:NAME`, `text:/re(group)/`; undefined where there is none. */
  extract(what: string): string | undefined;
}

export interface ReceivedRequest {
  readonly cursor: number;
  readonly method: string;
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly status: number;
  readonly receivedAt: Date;
  /** Undefined where it was not kept. */
  readonly body: Uint8Array | undefined;
}

export interface StartedServer {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

export interface InboxOptions {
  /** What its name begins with; the rest is random, so that two tests of one name never meet. */
  readonly name?: string;
  /** Milliseconds until it is gone with its mail, whatever happens; 3,600,000. */
  readonly ttl?: number;
  /** Of its address; `inbox.test`. */
  readonly domain?: string;
  /** Messages that it holds; what is more is refused with 552. */
  readonly messages?: number;
  /** Octets that it holds, likewise. */
  readonly bytes?: number;
}

/** An inbox of one test. It sees its own mail and no other; disposing ends it. */
export interface TestInbox extends AsyncDisposable {
  readonly name: string;
  /** Mail for it, for `name+anything@` and whatever its login submits is its mail. */
  readonly address: string;
  /** The login of SMTP, IMAP and POP3. */
  readonly user: string;
  readonly password: string;
  /** The same as a bearer token for the inbox's APIs. */
  readonly token: string;
  readonly expiresAt: Date;
  /** The page that shows this inbox only. */
  readonly page: string;
  /** The URL of a server by its id, with this login inside: `smtp://USER:PASSWORD@127.0.0.1:1025`. */
  url(id: string): string;
  waitMail(wish?: MailWish): Promise<ReceivedMail>;
  noMail(wish: MailWish, milliseconds: number): Promise<void>;
  mails(): Promise<readonly ReceivedMail[]>;
  clear(): Promise<number>;
  /** Ends it, its mail and its login; how many messages went. */
  end(): Promise<number>;
}

export interface Servers extends AsyncDisposable {
  readonly servers: readonly StartedServer[];
  /** A user name and a password that every server accepts. */
  readonly credentials: { readonly user: string; readonly password: string };
  /** What `cs run` would export: `CS_SMTP_URL`, `CS_SMTP_HOST`, `CS_CONTROL` ... */
  readonly env: { readonly [name: string]: string };
  /** The URL of a server by its id: `smtp`, `http`. Throws for one that was not started. */
  url(id: string): string;
  /** An inbox for this test only: `await using inbox = await servers.inbox({ ttl: 60_000 })`. */
  inbox(options?: InboxOptions): Promise<TestInbox>;
  /** Resolves when mail matches, arrived or yet to come; rejects with what came instead. */
  waitMail(wish?: MailWish): Promise<ReceivedMail>;
  /** Rejects when mail matches within `milliseconds`. */
  noMail(wish: MailWish, milliseconds: number): Promise<void>;
  /** All mail captured so far, oldest first. */
  mails(): Promise<readonly ReceivedMail[]>;
  waitRequest(wish?: RequestWish): Promise<ReceivedRequest>;
  /** Now, as a cursor. */
  mark(): Promise<number>;
  /** Removes captured mail; how many. */
  clear(): Promise<number>;
  /** Ends the servers; disposing does the same. */
  stop(): Promise<void>;
}
