import type { Connection } from '../../contracts/connection.ts';
import type { ClientContext, Dial } from '../../contracts/protocol.ts';
import { CsError, type ErrorCode } from '../../kit/errors.ts';
import { REPLY_LIMITS } from '../shared/reply-lines.ts';
import { type ClientIn, ClientWire } from './client-wire.ts';
import type { CommandName } from './commands.ts';
import { hasLines, type Request, type Status } from './wire.ts';

export interface Reply {
  readonly status: Status;
  /** The lines behind a positive status, octets as they are. */
  readonly body: Buffer;
}

/** Requests sent ahead of their answers, where the server takes that (RFC 2449 section 6.6). */
const WINDOW = 50;

/** One conversation with a server: requests out, replies in, all of them bounded. */
export class ClientSession {
  readonly conn: Connection;
  readonly wire = new ClientWire();
  /** `SASL` → its mechanisms; empty for a server without CAPA. */
  capabilities: ReadonlyMap<string, readonly string[]> = new Map();
  greeting = '';
  readonly #chunks: AsyncIterator<Uint8Array>;
  #events: Generator<ClientIn, void> | undefined;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => void this.conn.close('T');

  private constructor(conn: Connection, signal: AbortSignal) {
    this.conn = conn;
    this.#chunks = conn[Symbol.asyncIterator]();
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Connects and reads the greeting. */
  static async open(dial: Dial, ctx: ClientContext): Promise<ClientSession> {
    ctx.signal.throwIfAborted();
    const session = new ClientSession(await dial(ctx.target), ctx.signal);
    try {
      const { status } = await session.#reply(REPLY_LIMITS.octets);
      if (!status.ok) throw refusal('the server', status);
      session.greeting = status.text;
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** What the server said next. Throws `CS_CANNOT_CONNECT` when it says no more. */
  async next(): Promise<ClientIn> {
    for (;;) {
      const step = this.#events?.next();
      if (step && !step.done) return step.value;
      const chunk = await this.#chunks.next();
      this.#signal.throwIfAborted();
      if (chunk.done) throw new CsError('CS_CANNOT_CONNECT', 'the server closed the connection');
      this.#events = this.wire.receive(chunk.value);
    }
  }

  send(name: CommandName, ...args: readonly string[]): Promise<void> {
    return this.conn.write(this.wire.send({ name, args }));
  }

  /** One request and its reply. @param limit octets of the lines behind it; past it `CS_PEER_LIMIT` */
  async ask(name: CommandName, args: readonly string[] = [], limit = REPLY_LIMITS.octets): Promise<Reply> {
    await this.send(name, ...args);
    return this.#reply(limit);
  }

  /** Like `ask`; throws for a negative reply. */
  async demand(name: CommandName, args: readonly string[] = [], limit = REPLY_LIMITS.octets): Promise<Reply> {
    const reply = await this.ask(name, args, limit);
    if (!reply.status.ok) throw refusal(name, reply.status);
    return reply;
  }

  /** Replies in the order of the requests, pipelined where the server allows it. */
  async *askAll(requests: readonly Request[], limit = REPLY_LIMITS.octets): AsyncGenerator<Reply> {
    const window = this.capabilities.has('PIPELINING') ? WINDOW : 1;
    let sent = 0;
    for (let answered = 0; answered < requests.length; answered++) {
      // Refilled by halves, so that many requests share a write.
      if (sent - answered <= window / 2) {
        for (; sent < Math.min(requests.length, answered + window); sent++) {
          const { name, args } = requests[sent]!;
          await this.send(name, ...args);
        }
      }
      yield await this.#reply(limit);
    }
  }

  async readCapabilities(): Promise<void> {
    const { status, body } = await this.ask('CAPA');
    const lines = status.ok ? textLines(body) : [];
    this.capabilities = new Map(
      lines.map((line) => {
        const [name = '', ...args] = line.split(' ');
        return [name.toUpperCase(), args];
      }),
    );
  }

  /** STLS has been answered. Throws `CS_TLS`, also for octets sent ahead of the handshake. */
  async startTls(): Promise<void> {
    await this.conn.startTls(this.wire.unread);
    this.wire.upgraded();
    await this.readCapabilities();
  }

  /** Says QUIT when nothing is under way; never throws. */
  async quit(): Promise<void> {
    const free = this.wire.due === 0 && (this.wire.state === 'authorization' || this.wire.state === 'transaction');
    if (free && !this.conn.signal.aborted) await this.ask('QUIT').catch(() => {});
    await this.close();
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await this.conn.close();
  }

  async #reply(limit: number): Promise<Reply> {
    const said = await this.next();
    if (said.kind !== 'status') throw new CsError('CS_PEER_PROTOCOL', 'not a reply');
    const parts: Uint8Array[] = [];
    if (said.ok && said.request && hasLines(said.request)) {
      let octets = 0;
      for (let part = await this.next(); part.kind === 'body'; part = await this.next()) {
        octets += part.bytes.length;
        if (octets > limit) throw new CsError('CS_PEER_LIMIT', `a reply of more than ${limit} octets`);
        parts.push(part.bytes);
      }
    }
    return { status: said, body: Buffer.concat(parts) };
  }
}

export function textLines(body: Buffer): string[] {
  const lines = body.toString('utf8').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > REPLY_LIMITS.lines * 100) throw new CsError('CS_PEER_LIMIT', 'a reply of too many lines');
  return lines;
}

/** Codes that say: later perhaps (RFC 2449 section 8.1, RFC 3206). */
const LATER = new Set(['SYS/TEMP', 'IN-USE', 'LOGIN-DELAY']);

/** A negative reply as an error. @param otherwise what it is when it carries no code that says more */
export function refusal(what: string, { code, text }: Status, otherwise: ErrorCode = 'CS_PEER_REFUSED'): CsError {
  const reply = `-ERR ${code === undefined ? '' : `[${code}] `}${text}`.trimEnd();
  if (code !== undefined && LATER.has(code)) {
    return new CsError('CS_PEER_TEMPORARY', `${what} refused for now`, { reply });
  }
  return new CsError(code === 'AUTH' ? 'CS_AUTH_REJECTED' : otherwise, `${what} refused`, { reply });
}
