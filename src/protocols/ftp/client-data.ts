/** Data connections (RFC 959 section 3.2, RFC 2428, RFC 4217 section 7): one per transfer, beside the control connection. */
import type { Expected } from '../../contracts/beside.ts';
import type { Connection } from '../../contracts/connection.ts';
import { CsError } from '../../kit/errors.ts';
import { isIntermediate, isPositive, isPreliminary, isUnknown, refusal, replyLine } from './client-reply.ts';
import type { ClientSession } from './client-session.ts';
import type { Command } from './client-wire.ts';
import { formatHostPort, formatNetwork, parseExtendedPort, parseHostPort } from './host-port.ts';
import type { Reply } from './wire.ts';

/** Milliseconds for the reply to a transfer that we broke off. */
const GOODBYE = 5000;
/** Milliseconds for what is on its way, which nobody wants any more. */
const ORDERLY = 1000;

/** A transfer under way. Exactly one of `finish` and `abandon` ends it. */
export class Transfer {
  readonly session: ClientSession;
  readonly data: Connection;
  /** The final reply came with the first: 226 at once, without 1xx. */
  #early: Reply | undefined;
  #final: Promise<Reply> | undefined;

  constructor(session: ClientSession, data: Connection, first: Reply) {
    this.session = session;
    this.data = data;
    if (!isPreliminary(first)) this.#early = first;
  }

  /** The reply that ends it; may be waited for while octets still travel. */
  get final(): Promise<Reply> {
    this.#final ??= this.#early ? Promise.resolve(this.#early) : this.session.reply();
    this.#final.catch(() => {});
    return this.#final;
  }

  /** While we send: hears what the server says in the middle, which may take as long as our octets do. */
  watch(): Promise<Reply> {
    const { final } = this;
    this.session.conn.deadline(0);
    return final;
  }

  /** What comes, until the other end has no more. Throws `CS_TIMEOUT` when it stalls. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const { data, session } = this;
    const chunks = data[Symbol.asyncIterator]();
    for (;;) {
      data.deadline(session.stall);
      const chunk = await chunks.next();
      data.deadline(0);
      session.touched = performance.now();
      if (chunk.done) return;
      yield chunk.value;
    }
  }

  /** What we sent is complete when the server says so. */
  async sent(): Promise<Reply> {
    const { conn, stall } = this.session;
    void this.data.close();
    conn.deadline(stall);
    const reply = await this.final.finally(() => conn.deadline(0));
    if (!isPositive(reply)) throw refusal('the transfer', reply);
    return reply;
  }

  /** What came is complete when the server says so, and over TLS its end of the stream too (RFC 4217 section 12.4). */
  async received(): Promise<Reply> {
    const reply = await this.sent();
    if (!this.data.tls?.cut) return reply;
    throw new CsError('CS_TLS', 'the data ended without close_notify: perhaps they were cut', {
      reply: replyLine(reply),
    });
  }

  /** We want no more of it. The session can be used again if the server ends the transfer in time. */
  async abandon(): Promise<void> {
    // At once: an orderly end would first take what is on its way.
    this.data.duplex().destroy();
    await this.#over();
  }

  /** The same, said before the data end (ABOR), so that they are not taken for whole. */
  async abort(): Promise<void> {
    await this.session.send(['ABOR']);
    this.data.duplex().destroy();
    await this.#over(() => this.session.reply());
  }

  /** What we send ends here, whole or not; whatever the server says to that. In order, as long as the server takes it. */
  async ended(): Promise<void> {
    const { data } = this;
    void data.close();
    const timer = setTimeout(() => data.duplex().destroy(), ORDERLY);
    await this.#over();
    clearTimeout(timer);
  }

  async #over(then?: () => Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => void this.session.close(), GOODBYE);
    await this.final.then(then).catch(() => {});
    clearTimeout(timer);
  }
}

/**
 * Opens a data connection and gives the command that uses it. Throws what the server refuses, with its reply.
 * @param before commands that must be accepted first: REST, RANG
 */
export async function transfer(
  session: ClientSession,
  command: Command,
  how: { readonly before?: readonly Command[]; readonly active?: boolean } = {},
): Promise<Transfer> {
  const { before = [] } = how;
  return how.active ? active(session, before, command) : passive(session, before, command);
}

async function passive(session: ClientSession, before: readonly Command[], command: Command): Promise<Transfer> {
  const { manner } = session;
  // Once we know how it answers, all three go in one packet: a round trip less for every file.
  const together = manner.pipelines === true && manner.passed && before.length === 0;
  if (together) await session.send([manner.passive], command);
  else await session.send([manner.passive]);
  const reply = await session.reply();
  const port = portOf(session, reply);
  if (port === undefined) {
    if (together) await session.reply();
    if (manner.passive === 'PASV' || reply.code < 500) throw refusal(manner.passive, reply);
    manner.passive = 'PASV';
    manner.passed = false;
    return passive(session, before, command);
  }
  const connecting = open(session, port);
  connecting.catch(() => {});
  if (!together) {
    // Not before it stands: a server waits long for a connection that does not come.
    await connecting;
    await accepted(session, before).catch((error: unknown) => {
      drop(connecting);
      throw error;
    });
    await session.send(command);
  }
  return begun(session, connecting, command);
}

/** The host in a 227 is not believed: data come from where the commands go (trust.md CL-03). */
function portOf(session: ClientSession, reply: Reply): number | undefined {
  if (!isPositive(reply)) return undefined;
  const text = reply.lines.join(' ');
  const port = session.manner.passive === 'EPSV' ? parseExtendedPort(text) : parseHostPort(text)?.port;
  if (port === undefined || port === 0) {
    throw session.fail(new CsError('CS_PEER_PROTOCOL', 'no port for the data', { reply: replyLine(reply) }));
  }
  return port;
}

async function open(session: ClientSession, port: number): Promise<Connection> {
  const { conn, beside } = session;
  const data = await beside.connect(conn, { address: conn.peer.unix ? '127.0.0.1' : conn.peer.address, port });
  session.manner.passed = true;
  return data;
}

/** REST and RANG: refused, nothing may be transferred, for it would not be what is wanted. */
async function accepted(session: ClientSession, before: readonly Command[]): Promise<void> {
  for (const command of before) {
    const reply = await session.ask(...command);
    if (isIntermediate(reply) || isPositive(reply)) continue;
    throw refusal(command.join(' '), reply, isUnknown(reply) ? 'CS_UNSUPPORTED' : undefined);
  }
}

/** Both at once: the server may answer before or after it takes the connection, and before or after TLS on it. */
async function begun(session: ClientSession, connecting: Promise<Connection>, command: Command): Promise<Transfer> {
  const data = secured(session, connecting);
  data.catch(() => {});
  try {
    const first = await session.next();
    if (!isPreliminary(first) && !isPositive(first)) throw refusal(command.join(' '), first);
    // Without the connection the server's final reply would be long in coming.
    return new Transfer(session, await data.catch((error: CsError) => Promise.reject(session.fail(error))), first);
  } catch (error) {
    drop(connecting);
    throw error;
  }
}

async function secured(session: ClientSession, connecting: Promise<Connection>): Promise<Connection> {
  const data = await connecting;
  if (session.protected) await data.startTls();
  return data;
}

function drop(connecting: Promise<Connection>): void {
  connecting.then(
    (data) => data.duplex().destroy(),
    () => {},
  );
}

async function active(session: ClientSession, before: readonly Command[], command: Command): Promise<Transfer> {
  await using expected = await session.beside.listen(session.conn);
  await announce(session, expected);
  await accepted(session, before);
  await session.send(command);
  const waiting = new AbortController();
  try {
    return await begun(session, expected.accept(waiting), command);
  } catch (error) {
    waiting.abort(error);
    throw error;
  }
}

async function announce(session: ClientSession, { address, port }: Expected): Promise<void> {
  const extended = await session.ask('EPRT', formatNetwork({ address, port }));
  if (isPositive(extended)) return;
  if (address.includes(':')) throw refusal('EPRT', extended);
  await session.demand('PORT', formatHostPort({ address, port }));
}
