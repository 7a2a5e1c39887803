/** New messages (RFC 9051 section 6.3.12), one by one or several at once (RFC 3502). */
import type { MailDraft, MailReceipt } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { formatDateTime } from '../syntax/date-time.ts';
import { formatFlags } from '../syntax/flags.ts';
import type { Account } from './account.ts';
import { flagWord } from './changing.ts';
import type { Part } from './literal.ts';
import { uidsOf } from './mailbox.ts';
import { mailboxFacts } from './mailboxes.ts';
import type { Tagged } from './session.ts';
import { Spool } from './spool.ts';

export interface AppendHow {
  readonly flags?: readonly string[];
  readonly receivedAt?: string;
}

/** Throws `CS_NOT_FOUND`: nobody is to hand over a message and hear then that there is no place for it. */
export async function openDraft(account: Account, mailbox: string, how: AppendHow = {}): Promise<ImapDraft> {
  const name = account.names.toServer(mailbox);
  if (!account.known.has(name)) {
    await account.pool.use((session) => mailboxFacts(session, mailbox, account));
    account.known.add(name);
  }
  const limit = appendLimit(account);
  return new ImapDraft(account, mailbox, how, limit);
}

/** APPENDLIMIT=n (RFC 7889): asked before the octets are sent. */
function appendLimit({ can }: Account): number {
  const [limit] = can.all('APPENDLIMIT');
  return limit !== undefined && /^\d{1,15}$/.test(limit) ? Number(limit) : Number.POSITIVE_INFINITY;
}

/** A message on its way: its size is known when all of it is there, so it goes out with `commit`. */
export class ImapDraft implements MailDraft {
  readonly account: Account;
  readonly mailbox: string;
  readonly #how: AppendHow;
  readonly #limit: number;
  readonly #spool = new Spool();
  #over = false;

  constructor(account: Account, mailbox: string, how: AppendHow, limit: number) {
    this.account = account;
    this.mailbox = mailbox;
    this.#how = how;
    this.#limit = limit;
  }

  get size(): number {
    return this.#spool.size;
  }

  write(chunk: Uint8Array): Promise<void> {
    if (this.#over) return Promise.reject(new CsError('CS_BUG', 'written to a draft that is over'));
    if (this.#spool.size + chunk.length > this.#limit)
      return Promise.reject(new CsError('CS_LIMIT', `the server takes messages of ${this.#limit} octets at most`));
    return this.#spool.write(chunk);
  }

  async commit(): Promise<MailReceipt> {
    const [receipt] = await commitDrafts([this]);
    return receipt!;
  }

  async abort(): Promise<void> {
    this.#over = true;
    await this.#spool.close();
  }

  /** Flags, date and content behind the mailbox's name. */
  parts(): readonly Part[] {
    this.#over = true;
    const { flags = [], receivedAt } = this.#how;
    const words = flags.filter((flag) => !/^\\recent$/i.test(flag)).map(flagWord);
    const time = receivedAt === undefined ? Number.NaN : Date.parse(receivedAt);
    const date = Number.isNaN(time) ? '' : ` "${formatDateTime(time)}"`;
    const { size, hasNul: binary } = this.#spool;
    if (binary && !this.account.can.has('BINARY'))
      throw new CsError('CS_INPUT', 'the message holds NUL octets, and this server takes none');
    return [` ${formatFlags(words)}${date} `, { stream: { size, binary, octets: () => this.#spool.octets() } }];
  }
}

/** All or none, in one command; more than one needs MULTIAPPEND and one mailbox. */
export async function commitDrafts(drafts: readonly ImapDraft[]): Promise<readonly MailReceipt[]> {
  const [first] = drafts;
  if (!first) return [];
  const { account, mailbox } = first;
  if (drafts.some((draft) => draft.mailbox !== mailbox))
    throw new CsError('CS_UNSUPPORTED', 'IMAP takes several messages at once for one mailbox, not for several');
  const parts = ['APPEND ', account.names.written(mailbox), ...drafts.flatMap((draft) => draft.parts())];
  try {
    const done = await account.pool.use((session) => said(session.run({ name: 'APPEND', parts })));
    const { uids, uidValidity } = appended(done, drafts.length);
    return drafts.map(({ size }, at) => ({
      id: uids[at] ? `${uidValidity}.${uids[at]}` : '',
      size,
      results: [],
      uid: uids[at] ?? 0,
      uidValidity,
    }));
  } finally {
    for (const draft of drafts) await draft.abort();
  }
}

/** Nobody knows whether a message is there when the answer did not come. */
async function said(work: Promise<Tagged>): Promise<Tagged> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== 'CS_CANNOT_CONNECT') throw error;
    throw new CsError('CS_UNKNOWN_OUTCOME', 'the connection broke while a message was handed over', { cause: error });
  }
}

/** APPENDUID (RFC 4315 section 3); a server without UIDPLUS does not say it, and the uid is 0. */
function appended({ code }: Tagged, count: number): { readonly uids: readonly number[]; readonly uidValidity: number } {
  if (code?.name !== 'APPENDUID') return { uids: [], uidValidity: 0 };
  const [validity, set = ''] = code.args.split(' ');
  const uids = uidsOf(set);
  return uids.length === count ? { uids, uidValidity: Number(validity) } : { uids: [], uidValidity: 0 };
}
