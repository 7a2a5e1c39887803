/** What to do with a literal before any of it is taken (RFC 7888): sizes and logins are checked before the go-ahead. */
import { bad, type Refused } from './answer.ts';
import { beginLiteral } from './appending.ts';
import { ruleOf } from './commands.ts';
import { readHead } from './run-command.ts';
import type { Session } from './session.ts';
import { Cursor } from './syntax/cursor.ts';
import type { Announced, Line } from './syntax/line-reader.ts';

/** Octets of all literals of one command that is not about a message: names, passwords, search words. */
const BEFORE_LOGIN = 4096;
const AFTER_LOGIN = 256 * 1024;
/** A literal that nobody wants and that does not wait is read over up to this size; above, the connection ends. */
const DROPPED = 64 * 1024 * 1024;

const GO_AHEAD = '+ go ahead\r\n';

export async function announced(session: Session, literal: Announced, before: Line): Promise<void> {
  const { reader } = session;
  const cursor = new Cursor(before);
  const head = session.appending ? undefined : readHead(cursor);
  const name = head?.name;
  if (session.appending || name === 'APPEND' || name === 'REPLACE') {
    if (session.appending || ruleOf(name as 'APPEND' | 'REPLACE').in.includes(session.state)) {
      const refused = await beginLiteral(session, literal, before);
      if (refused !== 'not a message') return refused ? refuse(session, literal, refused) : goAhead(session, literal);
    }
  }
  const taken = before.reduce((sum, part) => sum + (typeof part === 'string' ? 0 : part.size), 0);
  if (taken + literal.size <= (session.store ? AFTER_LOGIN : BEFORE_LOGIN)) return goAhead(session, literal);
  if (literal.waits) {
    session.answer(head?.tag ?? '*', bad('the literal is too large', 'TOOBIG'));
    return reader.refuse();
  }
  // What comes now is content, not commands: it must not be taken for any.
  session.answer(head?.tag ?? '*', bad('the literal is too large', 'TOOBIG'));
  return session.bye('the literal is too large', 'TOOBIG');
}

function goAhead(session: Session, literal: Announced): Promise<void> | void {
  if (!literal.waits) return;
  session.out.text(GO_AHEAD);
  return session.flush();
}

/** The message is not taken: one that waits is not sent at all, another is read over and answered at its end. */
async function refuse(session: Session, literal: Announced, { tag, reply }: Refused): Promise<void> {
  if (literal.waits) {
    session.reader.refuse();
    await session.appending?.abandon();
    session.appending = undefined;
    return session.answer(tag, reply);
  }
  if (literal.size > DROPPED) return session.bye('the message is too large', 'TOOBIG');
  session.reader.drop();
}
