import type { Connection } from '../../contracts/connection.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { failureReply } from './refusals.ts';
import { reply, type Session } from './session.ts';
import type { Reply } from './wire.ts';

/** One transfer that is going on: what STAT tells of it, and how ABOR ends it. */
export class Transfer {
  readonly what: string;
  #reason: CsError | undefined;
  #stop: AbortController | undefined;
  readonly #ends = new Set<(reason: CsError) => void>();
  data: Connection | undefined;

  constructor(what: string) {
    this.what = what;
  }

  /** Why it was ended before its end: ABOR, the client has gone. */
  get reason(): CsError | undefined {
    return this.#reason;
  }

  /** The same as a signal; only for those that need one, because most transfers are over before anybody waits. */
  get signal(): AbortSignal {
    this.#stop ??= new AbortController();
    if (this.#reason) this.#stop.abort(this.#reason);
    return this.#stop.signal;
  }

  /** `end` is called when it is aborted: at once where it was. */
  onAbort(end: (reason: CsError) => void): void {
    if (this.#reason) end(this.#reason);
    else this.#ends.add(end);
  }

  offAbort(end: (reason: CsError) => void): void {
    this.#ends.delete(end);
  }

  /** Moved so far. */
  get octets(): number {
    return this.data ? Math.max(this.data.bytesIn, this.data.bytesOut) : 0;
  }

  abort(why: string): void {
    if (this.#reason) return;
    const reason = new CsError('CS_FAILED', why);
    this.#reason = reason;
    this.#stop?.abort(reason);
    for (const end of this.#ends) end(reason);
  }
}

export interface Carriage {
  readonly to: 'client' | 'server';
  /** Of the 150. */
  readonly text: string;
  /** For STAT: `RETR /a/b`. */
  readonly what: string;
  /** Moves the content; resolves when the last octet is where it should be. What it resolves to is said behind 226. */
  readonly move: (data: Connection, transfer: Transfer) => Promise<string>;
}

/** Why no transfer may begin now; undefined: it may. */
export function unready({ channel }: Session): Reply | undefined {
  if (channel.unprotected) return reply(521, 'not without TLS: PROT P first');
  return channel.absent ? reply(425, 'PASV, EPSV, PORT or EPRT first') : undefined;
}

/** From 150 to the final reply of a transfer: the data connection, its deadline, and what went wrong with it. */
export async function carry(session: Session, { to, text, what, move }: Carriage): Promise<Reply> {
  const { channel, conn, ctx } = session;
  const transfer = new Transfer(what);
  session.transfer = transfer;
  if (session.aborted || session.hungUp) transfer.abort('ended before it began');
  conn.phase = 'D';
  try {
    // Who sends waits for it; who receives may have it with the 226.
    if (to === 'server') await session.say(150, text);
    else session.announce(150, text);
    transfer.data = await channel.open(transfer);
    transfer.data.deadline(0, ctx.limits.minimumRate);
    return reply(226, await move(transfer.data, transfer));
  } catch (error) {
    return broken(session, transfer, asCsError(error));
  } finally {
    // What is on its way out leaves; nobody waits for the other end to have read it.
    void transfer.data?.close();
    session.transfer = undefined;
    conn.phase = 'C';
  }
}

function broken({ ctx, conn }: Session, { reason, data }: Transfer, error: CsError): Reply {
  const { code, message } = error;
  const level = error.blame === 'bug' ? 'error' : 'info';
  ctx.log(level, 'ftp.transfer.failed', { server: ctx.server.id, conn: conn.id, code, reason: message });
  if (reason) return reply(426, 'the transfer was ended');
  if (data) return failureReply(error);
  if (error.code === 'CS_AUTH_REJECTED') return reply(522, error.message);
  if (error.code === 'CS_BUSY') return reply(425, 'no data connection is free, try again later');
  return reply(425, 'no data connection came about');
}
