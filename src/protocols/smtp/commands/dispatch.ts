/** A line → the command that answers it. */
import { NEED_TLS, NO_ARGUMENT, NO_WEB, reply, UNKNOWN } from '../reply.ts';
import type { Session } from '../session.ts';
import { decodeLine } from '../session-words.ts';
import type { Waits } from '../stream.ts';
import { COMMANDS, WEB_VERBS } from './table.ts';

const NOT_UTF8 = reply(500, '5.5.2', 'not UTF-8');

export function dispatch(session: Session, line: Buffer, behind: boolean): Waits {
  const text = decodeLine(line);
  if (text === undefined) {
    session.conversation?.unknown('');
    return session.refuse(NOT_UTF8);
  }
  const space = text.indexOf(' ');
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  const command = COMMANDS.get(verb);
  if (command === undefined) session.conversation?.unknown(text);
  else session.conversation?.command(verb, text);
  if (command === undefined) return WEB_VERBS.has(verb) ? session.dismiss(NO_WEB) : session.refuse(UNKNOWN);
  const argument = space === -1 ? '' : text.slice(space + 1).trim();
  if (command.bare && argument !== '') return session.refuse(NO_ARGUMENT);
  const { ctx } = session.policy;
  if (!command.open && ctx.tls === 'required' && !session.conn.secure) return session.refuse(NEED_TLS);
  return command.run(session, argument, behind);
}
