/** APPEND at work (RFC 9051 section 6.3.12, RFC 3502, RFC 3516): messages go to the store as they come. */
import type { MailDraft, MailReceipt } from '../../contracts/mail.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { bad, failureReply, no, ok, type Refused, type Reply } from './answer.ts';
import { ruleOf } from './commands.ts';
import { readMailbox } from './mailbox.ts';
import { finish, onPurpose, readHead } from './run-command.ts';
import type { Session } from './session.ts';
import { Cursor } from './syntax/cursor.ts';
import { parseDateTime } from './syntax/date-time.ts';
import { readFlags } from './syntax/flags.ts';
import type { Announced, Line } from './syntax/line-reader.ts';
import { formatSet } from './syntax/sequence-set.ts';

/** Messages of one MULTIAPPEND. */
const MESSAGES = 1000;

interface How {
  readonly flags: readonly string[];
  readonly receivedAt?: string;
}

/** One APPEND from its first literal to its last line. */
export class Appending {
  readonly tag: string;
  readonly mailbox: string;
  readonly drafts: MailDraft[] = [];
  /** Why it fails; what still comes is read over. */
  failure: Reply | undefined;
  /** The literal stands inside `UTF8 (...)` (RFC 6855 section 4): its `)` follows. */
  utf8 = false;

  constructor(tag: string, mailbox: string) {
    this.tag = tag;
    this.mailbox = mailbox;
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
    if (!(started.how instanceof CsError)) session.appending.failure = onPurpose(session, 'APPEND');
    return begin(session, started.how, literal);
  }
  return begin(session, readMore(session.appending, before), literal);
}

/** Undefined where the literal is the mailbox's name. */
function start(session: Session, before: Line): { appending: Appending; how: How | CsError } | undefined {
  const cursor = new Cursor(before);
  const { tag } = readHead(cursor)!;
  let mailbox: string;
  try {
    cursor.space();
    if (cursor.done) return undefined;
    mailbox = readMailbox(session, cursor);
  } catch (error) {
    const failed = new Appending(tag, '');
    return { appending: failed, how: asCsError(error) };
  }
  const appending = new Appending(tag, mailbox);
  return { appending, how: readHow(appending, cursor) };
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
    const flags = cursor.peek === '(' ? readFlags(cursor) : [];
    if (flags.length > 0 || cursor.peek === ' ') cursor.space();
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
  return { tag: appending.tag, reply: appending.failure };
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
  await finish(session, { tag: appending.tag, uid: false }, ruleOf('APPEND'), reply);
}

async function commit(session: Session, { drafts, mailbox }: Appending): Promise<Reply> {
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
