import type { ServerEnd } from '../../contracts/protocol.ts';
import { asCsError, type CsError } from '../../kit/errors.ts';
import { Distrust } from '../shared/distrust.ts';
import { openReplyFaults, responseCode } from '../shared/reply-faults.ts';
import { AUTHORIZATION, failureStatus } from './authorization.ts';
import type { CommandName } from './commands.ts';
import type { options } from './options.ts';
import { SASL } from './sasl-login.ts';
import { Session } from './session.ts';
import { type Answer, TRANSACTION } from './transaction.ts';
import { formatStatus, type Request } from './wire.ts';

const ANSWERS: Readonly<Record<CommandName, Answer>> = { ...AUTHORIZATION, ...TRANSACTION, ...SASL };

export const server: ServerEnd<'accounts' | 'mail', typeof options> = {
  open: async (ctx) => {
    const faults = openReplyFaults(ctx.options);
    const distrust = new Distrust('pop3', ctx);
    return (conn) => converse(new Session(ctx, conn, faults, distrust));
  },
};

async function converse(session: Session): Promise<void> {
  const { ctx, conn } = session;
  try {
    await session.ok(`cs ${ctx.version} POP3 ready`);
    conn.phase = 'A';
    await serve(session);
  } finally {
    // Without QUIT nothing is removed (RFC 1939 section 6).
    session.leaveMaildrop();
  }
}

async function serve(session: Session): Promise<void> {
  const { conn } = session;
  if (conn.draining.aborted) return goodbye(session);
  const drain = () => {
    if (session.waiting) void goodbye(session);
  };
  conn.draining.addEventListener('abort', drain, { once: true });
  try {
    rearm(session);
    session.waiting = true;
    for await (const chunk of conn) {
      session.waiting = session.silent = false;
      await answerAll(session, chunk);
      if (session.over) return conn.close(conn.phase === 'Q' ? 'C' : 'S');
      if (conn.draining.aborted) return goodbye(session);
      rearm(session);
      session.waiting = true;
    }
    if (session.silent) session.distrust.left(conn.id);
  } catch (error) {
    return broken(session, asCsError(error));
  } finally {
    conn.draining.removeEventListener('abort', drain);
  }
}

/** One failed command costs its own answer; what fails in the middle of a body, or in the grammar, costs the connection. */
async function answer(session: Session, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const failure = asCsError(error);
    if (!session.wire.answerable || session.conn.signal.aborted) throw failure;
    if (failure.blame === 'bug')
      session.ctx.log('error', 'pop3.failed', { conn: session.conn.id, reason: failure.message });
    const { text, code } = failureStatus(failure);
    await session.err(text, code);
  }
}

async function answerAll(session: Session, chunk: Uint8Array): Promise<void> {
  for (const said of session.wire.receive(chunk)) {
    session.partial = false;
    if (said.kind === 'refused') await session.err(said.text);
    else if (said.kind === 'response') await answer(session, async () => session.exchange?.(said.text));
    else await answer(session, () => serveOrFail(session, said.request));
    if (session.over || session.conn.draining.aborted) return;
  }
}

/** The command's own answer, or a failure that somebody asked for (`--fail retr:5%`). */
function serveOrFail(session: Session, request: Request): Promise<void> {
  const fault = session.faults(request.name);
  if (!fault) return ANSWERS[request.name](session, request);
  session.over = request.name === 'QUIT';
  return session.err('a failure on purpose', responseCode(fault, 'SYS/TEMP'));
}

/** The peer broke the grammar: it is told, and that was it. Anything else is the door's to record. */
async function broken(session: Session, error: CsError): Promise<void> {
  if (error.code !== 'CS_PEER_LIMIT' && error.code !== 'CS_PEER_PROTOCOL') throw error;
  if (session.conn.signal.aborted || session.wire.state === 'upgrade') throw error;
  await session.conn.write(formatStatus({ ok: false, text: `${error.message}, bye` }));
  await session.conn.close(error.code === 'CS_PEER_LIMIT' ? 'L' : 'S');
}

async function goodbye({ conn }: Session): Promise<void> {
  await conn.write(formatStatus({ ok: false, code: 'SYS/TEMP', text: 'shutting down' }));
  await conn.close('X');
}

/** One deadline for the silence between commands, one for a command from its first octet on. */
function rearm(session: Session): void {
  const { conn, ctx, wire } = session;
  const begun = wire.unread.length > 0;
  if (begun && session.partial) return;
  session.partial = begun;
  if (begun || !session.maildrop) conn.deadline(ctx.limits.commandTime);
  else conn.deadline(ctx.options.idle);
}
