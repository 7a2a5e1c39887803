import type { ServerEnd } from '../../contracts/protocol.ts';
import { asCsError, type CsError } from '../../kit/errors.ts';
import { Distrust } from '../shared/distrust.ts';
import { openReplyFaults } from '../shared/reply-faults.ts';
import { bad } from './answer.ts';
import { endAppend, takeOctets } from './appending.ts';
import { capabilities } from './capabilities.ts';
import { announced } from './literals.ts';
import type { options } from './options.ts';
import { runCommand } from './run-command.ts';
import { Session } from './session.ts';
import type { Line, LineEvent } from './syntax/line-reader.ts';

/** Lines that are no commands, before the connection is closed (trust.md IM-06). */
const ERRORS = 10;

export const server: ServerEnd<'accounts' | 'mail', typeof options> = {
  open: async (ctx) => {
    const faults = openReplyFaults(ctx.options);
    const distrust = new Distrust('imap', ctx);
    return (conn) => converse(new Session(ctx, conn, faults, distrust));
  },
};

async function converse(session: Session): Promise<void> {
  const { ctx, conn } = session;
  try {
    session.tell(`OK [CAPABILITY ${(await capabilities(session)).join(' ')}] cs ${ctx.version} IMAP ready`);
    await session.flush();
    conn.phase = 'A';
    await serve(session);
  } finally {
    session.leaveMailbox();
    await session.appending?.abandon();
    session.channel.close();
  }
}

async function serve(session: Session): Promise<void> {
  const { conn } = session;
  if (conn.draining.aborted) return goodbye(session);
  const drain = () => {
    if (session.waiting) void goodbye(session).catch(() => {});
  };
  conn.draining.addEventListener('abort', drain, { once: true });
  try {
    for (;;) {
      rearm(session);
      session.waiting = true;
      const { value: chunk, done } = await session.channel.next();
      session.waiting = false;
      if (done) return left(session);
      session.silent = false;
      await takeAll(session, chunk);
      await session.flush();
      if (session.over) return await conn.close(conn.phase === 'Q' ? 'C' : 'S');
      if (conn.draining.aborted) return await goodbye(session);
    }
  } catch (error) {
    return await broken(session, asCsError(error));
  } finally {
    conn.draining.removeEventListener('abort', drain);
  }
}

function left({ silent, distrust, conn }: Session): void {
  if (silent) distrust.left(conn.id);
}

async function takeAll(session: Session, chunk: Uint8Array): Promise<void> {
  for (const event of session.reader.receive(chunk)) {
    await take(session, event);
    if (session.over || session.conn.draining.aborted) return;
    const paced = session.pace();
    if (paced) await paced;
  }
}

function take(session: Session, event: LineEvent): Promise<void> | void {
  switch (event.kind) {
    case 'octets':
      return takeOctets(session, event.octets);
    case 'literal':
      return announced(session, event.literal, event.before);
    case 'broken':
      return misspoken(session, event.line, 'a line ends with CRLF');
    case 'line':
      return takeLine(session, event.line);
  }
}

function takeLine(session: Session, line: Line): Promise<void> | void {
  const { idling, exchange } = session;
  if (idling) return leaveIdle(session, line);
  if (exchange) {
    session.exchange = undefined;
    session.reader.plain = false;
    return exchange(line[0] as string);
  }
  if (session.appending) return endAppend(session, line);
  return runCommand(session, line, (why) => misspoken(session, line, why));
}

/** Anything but DONE ends the connection (trust.md IM-12): what it was meant to be nobody can tell. */
async function leaveIdle(session: Session, line: Line): Promise<void> {
  const { tag, done } = session.idling!;
  session.idling = undefined;
  session.reader.plain = false;
  if (!/^done$/i.test(line[0] as string)) {
    await done();
    session.answer(tag, bad('DONE ends IDLE, and nothing else'));
    return session.bye('that was not DONE');
  }
  session.answer(tag, await done());
}

/** No command at all. Some of them may be mistakes, many are no IMAP client. */
async function misspoken(session: Session, line: Line, why: string): Promise<void> {
  const [tag = '*'] = typeof line[0] === 'string' ? (/^[\w.\-/:]{1,64}(?= )/.exec(line[0]) ?? []) : [];
  await session.appending?.abandon();
  session.appending = undefined;
  session.conn.phase = session.store ? 'C' : 'A';
  session.errors += 1;
  session.answer(tag, bad(why));
  if (session.errors >= ERRORS) await session.bye('too many errors');
}

/** The peer broke the grammar beyond repair: it is told, and that was it. Anything else is the door's to record. */
async function broken(session: Session, error: CsError): Promise<void> {
  const { conn } = session;
  const told = error.code === 'CS_PEER_LIMIT' || error.code === 'CS_PEER_PROTOCOL';
  if (error.code === 'CS_TIMEOUT' && !session.midLiteral && !conn.signal.aborted) await session.bye('too slow');
  if (!told || conn.signal.aborted) throw error;
  if (!session.midLiteral) session.answer('*', bad(error.message));
  await session.bye('that is too much');
  await conn.close(error.code === 'CS_PEER_LIMIT' ? 'L' : 'S');
}

async function goodbye(session: Session): Promise<void> {
  await session.bye('shutting down', 'UNAVAILABLE');
  await session.conn.close('X');
}

/** One deadline for the silence between commands, one for a command from its first octet on. */
function rearm(session: Session): void {
  const { conn, ctx, reader, appending } = session;
  if (appending) conn.deadline(0, ctx.limits.minimumRate);
  else if (reader.begun || !session.store) conn.deadline(ctx.limits.commandTime);
  else conn.deadline(ctx.options.idle);
}
