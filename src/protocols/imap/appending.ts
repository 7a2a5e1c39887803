/** APPEND and REPLACE at work (RFC 9051 section 6.3.12, RFC 3502, RFC 3516, RFC 8508): messages go to the store as they come. */
import type { MailDraft, MailReceipt } from '../../contracts/mail.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { bad, failureReply, no, ok, type Refused, type Reply } from './answer.ts';
import { highest } from './commands/expunge.ts';
import { ruleOf } from './commands.ts';
import { readMailbox } from './mailbox.ts';
import { foldNews } from './news.ts';
import { finish, type Head, numbered, onPurpose, readHead } from './run-command.ts';
import type { Session } from './session.ts';
import { Cursor } from './syntax/cursor.ts';
import { parseDateTime } from './syntax/date-time.ts';
import { lasting, readFlags } from './syntax/flags.ts';
import type { Announced, Line } from './syntax/line-reader.ts';
import { formatSet } from './syntax/sequence-set.ts';

/** Messages of one MULTIAPPEND. */
const MESSAGES = 1000;

type AppendHead = Head & { readonly name: 'APPEND' | 'REPLACE' };

interface How {
  readonly flags: readonly string[];
  readonly receivedAt?: string;
}

/** One command from its first literal to its last line. */
export class Appending {
  readonly head: AppendHead;
  readonly mailbox: string;
  /** Of the selected mailbox: goes when the message has come. */
  readonly replaces: number | undefined;
  readonly drafts: MailDraft[] = [];
  /** Why it fails; what still comes is read over. */
  failure: Reply | undefined;
  /** The literal stands inside `UTF8 (...)` (RFC 6855 section 4): its `)` follows. */
  utf8 = false;

  constructor(head: AppendHead, mailbox = '', replaces?: number) {
    this.head = head;
    this.mailbox = mailbox;
    this.replaces = replaces;
  }

  async abandon(): Promise<void> {
    for (const draft of this.drafts.splice(0)) await draft.abort();
  }
}

/**
 * A literal in an APPEND. Undefined: its octets go to a draft. `not a message`: it is a mailbox's name. Else why the
 * message is not taken; a client that does not wait learns it at the end.
 */
export async function beginLiteral(
  session: Session,
  literal: Announced,
  before: Line,
): Promise<Refused | undefined | 'not a message'> {
  if (!session.appending) {
    const started = start(session, before);
    if (!started) return 'not a message';
    session.appending = started.appending;
    const { name, uid } = started.appending.head;
    session.appending.failure = numbered(session, name, ruleOf(name), uid);
    if (!(started.how instanceof CsError)) session.appending.failure ??= onPurpose(session, name);
    return begin(session, started.how, literal);
  }
  return begin(session, readMore(session.appending, before), literal);
}

/** Undefined where the literal is the mailbox's name. */
function start(session: Session, before: Line): { appending: Appending; how: How | CsError } | undefined {
  const cursor = new Cursor(before);
  const head = readHead(cursor) as AppendHead;
  try {
    cursor.space();
    const replaces = head.name === 'REPLACE' ? readReplaced(session, cursor, head.uid) : undefined;
    if (cursor.done) return undefined;
    const appending = new Appending(head, readMailbox(session, cursor), replaces);
    return { appending, how: readHow(appending, cursor) };
  } catch (error) {
    return { appending: new Appending(head), how: asCsError(error) };
  }
}

/** One message, by number or uid; `*` is the last one. */
function readReplaced(session: Session, cursor: Cursor, byUid: boolean): number {
  const number = cursor.accept('*') ? Number.POSITIVE_INFINITY : cursor.nzNumber();
  cursor.space();
  const view = session.writable;
  const [index] = view.indices([[number, number]], byUid);
  if (index === undefined) throw new CsError('CS_NOT_FOUND', 'no such message');
  return view.uid(index);
}

/** What stands between two messages of one command. */
function readMore(appending: Appending, before: Line): How | CsError {
  const text = before.at(-1);
  const cursor = new Cursor([typeof text === 'string' ? text : '']);
  if (appending.utf8 && !cursor.accept(')')) return cursor.fault('")"');
  return readHow(appending, cursor);
}

function readHow(appending: Appending, cursor: Cursor): How | CsError {
  try {
    cursor.space();
    const named = cursor.peek === '(' ? readFlags(cursor) : [];
    if (named.length > 0 || cursor.peek === ' ') cursor.space();
    const flags = lasting(named);
    let receivedAt: string | undefined;
    if (cursor.peek === '"') {
      const ms = parseDateTime(cursor.string());
      if (ms === undefined) throw cursor.fault('a date and time');
      receivedAt = new Date(ms).toISOString();
      cursor.space();
    }
    const rest = cursor.rest();
    appending.utf8 = /^utf8 \($/i.test(rest);
    if (rest !== '' && !appending.utf8) throw cursor.fault('a message');
    return receivedAt === undefined ? { flags } : { flags, receivedAt };
  } catch (error) {
    return asCsError(error);
  }
}

async function begin(session: Session, how: How | CsError, literal: Announced): Promise<Refused | undefined> {
  const appending = session.appending!;
  const { appendLimit } = session.ctx.options;
  if (how instanceof CsError) appending.failure ??= failureReply(how);
  else if (literal.size > appendLimit)
    appending.failure ??= no(`a message has at most ${appendLimit} octets`, 'TOOBIG');
  else if (appending.replaces !== undefined && appending.drafts.length > 0)
    appending.failure ??= bad('one message takes the place of one');
  else if (appending.drafts.length >= MESSAGES) appending.failure ??= no('too many messages at once', 'LIMIT');
  if (!appending.failure) {
    try {
      appending.drafts.push(await session.able('append')(appending.mailbox, how as How));
      session.reader.stream();
      session.conn.phase = 'D';
      return undefined;
    } catch (error) {
      appending.failure = failed(error);
    }
  }
  return { tag: appending.head.tag, reply: appending.failure };
}

export async function takeOctets({ appending }: Session, octets: Uint8Array): Promise<void> {
  const draft = appending?.drafts.at(-1);
  if (!appending || appending.failure || !draft) return;
  try {
    await draft.write(octets);
  } catch (error) {
    appending.failure = failed(error);
  }
}

/** The command's last line: all of it is stored, or none. */
export async function endAppend(session: Session, line: Line): Promise<void> {
  const appending = session.appending!;
  session.appending = undefined;
  session.conn.phase = 'C';
  const rest = line.at(-1);
  const wanted = appending.utf8 ? ')' : '';
  const wellEnded = rest === wanted;
  if (!wellEnded) appending.failure ??= bad('expected the end of the line');
  const empty = line.some((part) => typeof part === 'object' && part.size === 0);
  // RFC 3502 section 6.3.11: a message without octets takes all of it back.
  if (empty) appending.failure ??= no('a message without octets');
  const reply = appending.failure ?? (await commit(session, appending));
  if (reply.status !== 'OK') await appending.abandon();
  if (!session.over) await finish(session, appending.head, ruleOf(appending.head.name), reply);
}

async function commit(session: Session, { drafts, mailbox, replaces }: Appending): Promise<Reply> {
  if (replaces !== undefined) return replace(session, drafts, replaces);
  try {
    const receipts = await commitDrafts(session, drafts);
    drafts.length = 0;
    const [{ uidValidity } = { uidValidity: 0 }] = receipts;
    const uids = formatSet(receipts.map(({ uid }) => uid));
    return ok(`stored in ${mailbox}`, `APPENDUID ${uidValidity} ${uids}`);
  } catch (error) {
    return failed(error);
  }
}

/** APPENDUID goes ahead of the EXPUNGE, untagged, as with MOVE (RFC 8508 section 3.3). */
async function replace(session: Session, drafts: MailDraft[], uid: number): Promise<Reply> {
  try {
    const stored = await session.able('replace')(session.view!.name, uid, drafts[0]!);
    drafts.length = 0;
    session.tell(`OK [APPENDUID ${stored.uidValidity} ${stored.uid}] stored`);
  } catch (error) {
    const failure = asCsError(error);
    return failure.code === 'CS_NOT_FOUND' ? no('it is gone', 'EXPUNGEISSUED') : failureReply(failure);
  }
  await foldNews(session);
  return ok('replaced', session.over ? undefined : highest(session));
}

async function commitDrafts(session: Session, drafts: readonly MailDraft[]): Promise<readonly MailReceipt[]> {
  const [only] = drafts;
  if (drafts.length === 1 && only) return [await only.commit()];
  return session.able('commitAll')(drafts);
}

function failed(error: unknown): Reply {
  const failure = asCsError(error);
  const reply = failureReply(failure);
  return failure.code === 'CS_NOT_FOUND' ? { ...reply, code: 'TRYCREATE' } : reply;
}
