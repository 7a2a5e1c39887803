/** The commands of the transaction state, and QUIT (RFC 1939 sections 5 to 7). */

import type { Maildrop, Message } from './maildrop.ts';
import { openMessage, top } from './message-body.ts';
import type { Session } from './session.ts';
import type { Request } from './wire.ts';

export type Answer = (session: Session, request: Request) => Promise<void>;

/** A command on the maildrop; the wire's table lets none of them through before there is one. */
type OnMaildrop = (session: Session, maildrop: Maildrop, request: Request) => Promise<void>;
type OnMessage = (session: Session, maildrop: Maildrop, message: Message, request: Request) => Promise<void>;

const on =
  (act: OnMaildrop): Answer =>
  (session, request) =>
    act(session, session.maildrop!, request);

/** A command whose first argument names a message. */
const onMessage = (act: OnMessage): Answer =>
  on((session, maildrop, request) => {
    const message = maildrop.message(Number(request.args[0]));
    return message ? act(session, maildrop, message, request) : session.err('no such message');
  });

/** One message where a number was given, else all of them. */
const listing = (show: (maildrop: Maildrop, message: Message) => string | number): Answer => {
  const one = onMessage((session, maildrop, message, { args }) => session.ok(`${args[0]} ${show(maildrop, message)}`));
  function* all(maildrop: Maildrop): Generator<string> {
    for (const [number, message] of maildrop.messages()) yield `${number} ${show(maildrop, message)}`;
  }
  return (session, request) => {
    if (request.args.length > 0) return one(session, request);
    const maildrop = session.maildrop!;
    const { count, octets } = maildrop.totals();
    return session.lines(`${count} messages (${octets} octets)`, all(maildrop));
  };
};

async function read(session: Session, maildrop: Maildrop, message: Message, lines?: number): Promise<void> {
  const { internationalized, chunks } = await openMessage(maildrop.read(message));
  if (internationalized && !session.utf8 && session.ctx.options.utf8 === 'refuse') {
    return session.err('header fields in UTF-8: send UTF8 before the login', 'UTF8');
  }
  if (lines === undefined) return session.stream(`${message.size} octets`, chunks);
  return session.stream('', top(chunks, lines));
}

export const TRANSACTION = {
  STAT: on((session, maildrop) => {
    const { count, octets } = maildrop.totals();
    return session.ok(`${count} ${octets}`);
  }),
  LIST: listing((_, { size }) => size),
  UIDL: listing((maildrop, message) => maildrop.uniqueId(message)),
  RETR: onMessage((session, maildrop, message) => read(session, maildrop, message)),
  TOP: onMessage((session, maildrop, message, { args }) => read(session, maildrop, message, Number(args[1]))),
  DELE: onMessage((session, maildrop, _, { args }) => {
    maildrop.mark(Number(args[0]));
    return session.ok(`message ${args[0]} goes at QUIT`);
  }),
  RSET: on((session, maildrop) => {
    maildrop.reset();
    const { count, octets } = maildrop.totals();
    return session.ok(`${count} messages (${octets} octets)`);
  }),
  NOOP: (session) => session.ok(),
  QUIT: async (session) => {
    session.over = true;
    session.conn.phase = 'Q';
    // Removed first, said afterwards: +OK promises that they are gone (RFC 1939 section 6).
    const left = await session.maildrop?.commit();
    // Given back before the client hears of it: it may log in again at once.
    session.leaveMaildrop();
    await session.ok(left === undefined ? 'bye' : `bye, ${left} messages left`);
  },
} as const satisfies Record<string, Answer>;
