import type { Identity } from '../../contracts/accounts.ts';
import type { Connection } from '../../contracts/connection.ts';
import type { MailStore } from '../../contracts/mail.ts';
import type { ServerContext } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import type { ReplyFaults } from '../../kit/faults.ts';
import type { Distrust } from '../shared/distrust.ts';
import { formatReply, type Reply, unable } from './answer.ts';
import type { Appending } from './appending.ts';
import { type Channel, plainChannel } from './channel.ts';
import type { State } from './commands.ts';
import type { options } from './options.ts';
import { Output } from './output.ts';
import { LineReader } from './syntax/line-reader.ts';
import type { View } from './view.ts';

export type ImapContext = ServerContext<'accounts' | 'mail', typeof options>;
export type Extension = 'CONDSTORE' | 'QRESYNC' | 'UTF8=ACCEPT' | 'IMAP4rev2' | 'UIDONLY';

/** What a selected mailbox cannot do without; `*`, which only looks, has it. */
export type ImapStore = MailStore & Required<Pick<MailStore, 'open' | 'changes'>>;

/** Octets gathered before they are handed to the connection. */
const FLUSH_AT = 64 * 1024;

/** IDLE at work. */
export interface Idling {
  /** Ends it; the answer to DONE. */
  done(): Promise<Reply>;
}

/** One client: its connection, what it has said it understands, and the mailbox it has open. */
export class Session {
  readonly ctx: ImapContext;
  readonly conn: Connection;
  readonly faults: ReplyFaults;
  readonly distrust: Distrust;
  readonly reader = new LineReader();
  readonly out = new Output();
  channel: Channel;
  identity: Identity | undefined;
  store: ImapStore | undefined;
  view: View | undefined;
  readonly enabled = new Set<Extension>();
  /** What SEARCH RETURN (SAVE) kept: uids, ascending (RFC 5182). */
  saved: readonly number[] = [];
  failures = 0;
  /** Commands that were none. */
  errors = 0;
  /** Inside AUTHENTICATE: takes the next base64 line. */
  exchange: ((response: string) => Promise<void>) | undefined;
  idling: (Idling & { readonly tag: string }) | undefined;
  appending: Appending | undefined;
  /** What IDLE is telling just now. */
  telling: Promise<void> | undefined;
  /** Something may have happened in the selected mailbox. */
  hinted = false;
  /** Ends the watch over the selected mailbox. */
  watching: AbortController | undefined;
  /** TLS has begun and nothing was said inside. */
  silent = false;
  /** Between commands: then a draining door may say goodbye at any time. */
  waiting = false;
  /** In the middle of a literal: nothing but its octets may go out. */
  midLiteral = false;
  compressed = false;
  /** Set when we end it: everything behind is left unread. */
  over = false;

  constructor(ctx: ImapContext, conn: Connection, faults: ReplyFaults, distrust: Distrust) {
    this.ctx = ctx;
    this.conn = conn;
    this.faults = faults;
    this.distrust = distrust;
    this.channel = plainChannel(conn);
  }

  get state(): State {
    if (this.over) return 'closed';
    if (!this.store) return 'login';
    return this.view ? 'selected' : 'authenticated';
  }

  get rev2(): boolean {
    return this.enabled.has('IMAP4rev2');
  }

  /** Names and quoted strings are UTF-8. */
  get utf8(): boolean {
    return this.rev2 || this.enabled.has('UTF8=ACCEPT');
  }

  get condstore(): boolean {
    return this.enabled.has('CONDSTORE') || this.enabled.has('QRESYNC');
  }

  get qresync(): boolean {
    return this.enabled.has('QRESYNC');
  }

  /** No numbers but uids are said, either way (RFC 9586). */
  get uidOnly(): boolean {
    return this.enabled.has('UIDONLY');
  }

  /** How an answer about a message of the selected mailbox begins. */
  about(index: number): string {
    return this.uidOnly ? `${this.view!.uid(index)} UIDFETCH` : `${index + 1} FETCH`;
  }

  /** An untagged line. */
  tell(line: string): void {
    this.out.text(`* ${line}\r\n`);
  }

  answer(tag: string, reply: Reply): void {
    this.out.text(formatReply(tag, reply));
  }

  /** Resolves when the peer has kept up with what was said so far. */
  async flush(): Promise<void> {
    if (this.out.pending > 0) await this.channel.write(this.out.take());
  }

  /** Undefined where nothing has to be waited for: called for every message of a long answer. */
  pace(): Promise<void> | undefined {
    return this.out.pending >= FLUSH_AT ? this.#flushAndYield() : undefined;
  }

  /** A long answer to one must not keep the others waiting. */
  async #flushAndYield(): Promise<void> {
    await this.flush();
    await new Promise(setImmediate);
  }

  async bye(text: string, code?: string): Promise<void> {
    this.over = true;
    if (!this.midLiteral) this.tell(`BYE ${code === undefined ? '' : `[${code}] `}${text}`);
    await this.flush();
  }

  leaveMailbox(): void {
    this.watching?.abort();
    this.watching = undefined;
    this.view = undefined;
    this.saved = [];
    this.hinted = false;
  }

  /** As before the login: what this user enabled, found or opened is nobody else's affair. */
  logOut(): void {
    this.leaveMailbox();
    this.enabled.clear();
    this.identity = undefined;
    this.store = undefined;
    this.conn.user = undefined;
    this.conn.phase = 'A';
  }

  /** A method of the store that not every store has. Throws `CS_UNSUPPORTED`. */
  able<K extends keyof ImapStore>(method: K): NonNullable<ImapStore[K]> {
    const found = this.store?.[method];
    if (!found) throw unable(String(method));
    return found as NonNullable<ImapStore[K]>;
  }

  /** The selected mailbox, to be changed. Throws `CS_DENIED` where it was opened by EXAMINE. */
  get writable(): View {
    const view = this.view!;
    if (view.readOnly) throw new CsError('CS_DENIED', 'the mailbox was opened to read only');
    return view;
  }
}
