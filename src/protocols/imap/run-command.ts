/** One command: looked up, allowed or not, answered; what else happened is told before its last line. */
import { asCsError } from '../../kit/errors.ts';
import { responseCode } from '../shared/reply-faults.ts';
import { type Answer, bad, failureReply, no, type Reply, type Request, UID_REQUIRED } from './answer.ts';
import { ANSWERS } from './answers.ts';
import { isCommand, type Rule, ruleOf } from './commands.ts';
import { tellNews } from './news.ts';
import type { Session } from './session.ts';
import { Cursor } from './syntax/cursor.ts';
import type { Line } from './syntax/line-reader.ts';

/** A tag is any astring but `+` (RFC 9051 section 9); 64 characters of it are more than anybody needs. */
export const TAG = /[!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]{1,64}(?= |$)/y;

/** A command as far as it was told apart: its name in upper case, UID taken off. */
export interface Head {
  readonly tag: string;
  readonly name: string;
  readonly uid: boolean;
}

/** Undefined for a line without a tag. */
export function readHead(cursor: Cursor): Head | undefined {
  const tag = cursor.match(TAG)?.[0];
  if (tag === undefined || !cursor.accept(' ')) return undefined;
  const word = cursor.match(/[A-Za-z]{1,20}(?= |$)/y)?.[0].toUpperCase() ?? '';
  if (word !== 'UID') return { tag, name: word, uid: false };
  cursor.accept(' ');
  return { tag, name: cursor.match(/[A-Za-z]{1,20}(?= |$)/y)?.[0].toUpperCase() ?? '', uid: true };
}

/** @param misspoken answers what is no command */
export async function runCommand(
  session: Session,
  line: Line,
  misspoken: (why: string) => Promise<void>,
): Promise<void> {
  const cursor = new Cursor(line);
  const head = readHead(cursor);
  if (!head) return misspoken('a command begins with a tag');
  const { tag, name, uid } = head;
  if (!isCommand(name)) return misspoken('no such command');
  const rule = ruleOf(name);
  if (uid ? !rule.uid && !rule.onlyUid : rule.onlyUid) return misspoken('no such command');
  const refused = refusal(session, name, rule) ?? numbered(session, name, rule, uid);
  if (refused) return session.answer(tag, refused);
  const reply = await attempt(session, ANSWERS[name], { tag, uid, cursor });
  if (!reply) return;
  // What has a code of its own was understood.
  if (reply.status === 'BAD' && reply.code === undefined) return misspoken(reply.text);
  await finish(session, { tag, uid }, rule, reply);
}

function refusal(session: Session, name: string, rule: Rule): Reply | undefined {
  if (!rule.in.includes(session.state)) {
    return bad(session.store ? `${name} is not for the ${session.state} state` : 'log in first');
  }
  return onPurpose(session, name);
}

/** A command about message numbers, after the client has done without them. EXPUNGE names none. */
export function numbered({ uidOnly }: Session, name: string, { uid: either }: Rule, uid: boolean): Reply | undefined {
  return uidOnly && either && !uid && name !== 'EXPUNGE' ? UID_REQUIRED : undefined;
}

/** A failure that somebody asked for (`--fail fetch:5%`), if it is this command's turn. */
export function onPurpose(session: Session, name: string): Reply | undefined {
  const fault = session.faults(name);
  return fault && no('a failure on purpose', responseCode(fault, 'UNAVAILABLE'));
}

/** One failed command costs its own answer; what fails in the middle of a literal costs the connection. */
async function attempt(session: Session, answer: Answer, request: Request): Promise<Reply | undefined> {
  try {
    return await answer(session, request);
  } catch (error) {
    const failure = asCsError(error);
    if (session.midLiteral || session.conn.signal.aborted) throw failure;
    if (failure.blame === 'bug') {
      session.ctx.log('error', 'imap.failed', { conn: session.conn.id, reason: failure.message });
    }
    return failureReply(failure);
  }
}

/** The end of every answer: what else happened, then the tagged line. */
export async function finish(
  session: Session,
  { tag, uid }: { readonly tag: string; readonly uid: boolean },
  rule: Rule,
  reply: Reply,
): Promise<void> {
  if (rule.news === 'always' || (rule.news === 'hinted' && session.hinted)) {
    await tellNews(session, { expunge: uid || rule.expunge === true });
  }
  if (!session.over) session.answer(tag, reply);
}
