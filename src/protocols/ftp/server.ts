import type { Connection } from '../../contracts/connection.ts';
import type { ServerEnd } from '../../contracts/protocol.ts';
import { asCsError, type CsError, type ErrorCode } from '../../kit/errors.ts';
import type { ReplyFaults } from '../../kit/faults.ts';
import { openReplyFaults } from '../shared/reply-faults.ts';
import { Conversation } from './conversation.ts';
import type { options } from './options.ts';
import { ServerWire } from './server-wire.ts';
import { type FtpContext, Session } from './session.ts';

export const server: ServerEnd<'accounts' | 'files', typeof options> = {
  open: async (ctx) => {
    const faults = openReplyFaults(ctx.options);
    return (conn) => converse(ctx, conn, faults);
  },
};

async function converse(ctx: FtpContext, conn: Connection, faults: ReplyFaults): Promise<void> {
  const session = new Session(ctx, conn, new ServerWire(ctx.options.newline), faults);
  const conversation = new Conversation(session);
  const drain = () => conversation.drain();
  conn.draining.addEventListener('abort', drain, { once: true });
  try {
    await session.answer({ code: 220, lines: [ctx.options.banner ?? `cs ${ctx.version} FTP ready`] });
    conn.phase = 'A';
    if (conn.draining.aborted) drain();
    conversation.rearm();
    for await (const chunk of conn) await conversation.hear(chunk);
    await conversation.hungUp();
  } catch (error) {
    await broken(session, asCsError(error));
  } finally {
    conn.draining.removeEventListener('abort', drain);
    session.transfer?.abort('the client has gone');
    await conversation.settled();
    session.channel.forget();
  }
}

/** What is said where reading ends in a way that is the client's doing; the rest is the door's to record. */
const LAST_WORDS: Partial<Record<ErrorCode, readonly [number, string]>> = {
  CS_PEER_LIMIT: [500, 'the command is too long, bye'],
  CS_PEER_PROTOCOL: [501, 'a command ends with CRLF, and has no CR or LF in it, bye'],
  CS_TIMEOUT: [421, 'too long a silence, bye'],
};

async function broken(session: Session, error: CsError): Promise<void> {
  const words = LAST_WORDS[error.code];
  if (words && session.wire.state !== 'upgrade') {
    const [code, text] = words;
    await session.say(code, text).catch(() => {});
  }
  throw error;
}
