import type { Beside } from '../../contracts/beside.ts';
import type { Connection } from '../../contracts/connection.ts';
import type { ClientContext, Dial } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import type { Manner } from './client-manner.ts';
import type { clientOptions } from './client-options.ts';
import { isPositive, isPreliminary, refusal, replyLine } from './client-reply.ts';
import { ClientWire, type Command } from './client-wire.ts';
import type { Reply } from './wire.ts';

export type Context = ClientContext<typeof clientOptions>;

/** 1xx replies before the one that counts: RFC 959 has one, some servers report progress. */
const PRELIMINARY = 100;
/** Commands ahead of their answers: a few KiB, which every server's receive buffer holds. */
const WINDOW = 50;

/** One control connection: commands out, replies in, all of them bounded. */
export class ClientSession {
  readonly conn: Connection;
  readonly wire = new ClientWire();
  readonly manner: Manner;
  readonly beside: Beside;
  readonly stall: number;
  greeting = '';
  /** Data connections are TLS too (PROT P). */
  protected = false;
  /** HASH's algorithm as `OPTS HASH` set it. */
  hashing: string | undefined;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #events: Generator<Reply, void> | undefined;
  #due = 1;
  #broken = false;
  /** Replies of its whole life: none since it was taken from the pool means that it may have died there. */
  heard = 0;
  /** When something last moved on it or on its data connection (`performance.now`). */
  touched = performance.now();
  /** The pool has lent it before. */
  used = false;

  private constructor(conn: Connection, manner: Manner, { beside, options }: Context) {
    if (!beside) throw new CsError('CS_BUG', 'FTP without connections beside its own');
    this.conn = conn;
    this.manner = manner;
    this.beside = beside;
    this.stall = options.stall;
    this.wire.charset = manner.charset;
    this.#chunks = conn[Symbol.asyncIterator]();
  }

  /** Connects and reads the greeting. */
  static async open(dial: Dial, ctx: Context, manner: Manner): Promise<ClientSession> {
    ctx.signal.throwIfAborted();
    const session = new ClientSession(await dial(ctx.target), manner, ctx);
    try {
      const reply = await session.reply();
      if (reply.code !== 220) throw refusal('the connection', reply);
      session.greeting = reply.lines.join('\n');
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Nothing went wrong so far. */
  get alive(): boolean {
    return !this.#broken && !this.conn.signal.aborted;
  }

  /** The same, and nothing is under way: it can be used again. */
  get free(): boolean {
    return this.#due === 0 && this.alive;
  }

  /** Sends without waiting; each command has one reply to come. */
  async send(...commands: readonly Command[]): Promise<void> {
    const lines = commands.map((command) => this.wire.send(command));
    if (this.#due === 0) this.#goodbye();
    this.#due += lines.length;
    await this.conn.write(lines.length === 1 ? lines[0]! : Buffer.concat(lines));
  }

  /** The next reply, 1xx included. Throws `CS_CANNOT_CONNECT` when the server says no more. */
  async next(): Promise<Reply> {
    if (this.#due === 0) throw new CsError('CS_BUG', 'no reply is due');
    const reply = await this.#read();
    this.heard += 1;
    if (!isPreliminary(reply)) this.#due -= 1;
    if (reply.code !== 421) return reply;
    // 421 may come at any time, and then it is the last.
    this.#broken = true;
    throw refusal('the conversation', reply);
  }

  /** The next reply that ends a command. */
  async reply(): Promise<Reply> {
    for (let count = 0; count < PRELIMINARY; count++) {
      const reply = await this.next();
      if (!isPreliminary(reply)) return reply;
    }
    throw this.fail(new CsError('CS_PEER_PROTOCOL', `more than ${PRELIMINARY} preliminary replies`));
  }

  async ask(...command: Command): Promise<Reply> {
    await this.send(command);
    return this.reply();
  }

  /** Like `ask`; throws for anything but 2xx. */
  async demand(...command: Command): Promise<Reply> {
    const reply = await this.ask(...command);
    if (!isPositive(reply)) throw refusal(command[0], reply);
    return reply;
  }

  /** Replies in the order of the commands, which go out in groups where the server takes that. */
  async askAll(commands: readonly Command[]): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    const step = this.manner.pipelines ? WINDOW : 1;
    for (let at = 0; at < commands.length; at += step) {
      const group = commands.slice(at, at + step);
      await this.send(...group);
      for (const _ of group) replies.push(await this.reply());
    }
    return replies;
  }

  /** AUTH has been answered. Throws `CS_TLS`, also for octets sent ahead of the handshake (trust.md CL-04). */
  async startTls(): Promise<void> {
    if (this.#hasMore()) {
      throw this.fail(new CsError('CS_PEER_PROTOCOL', 'a reply that nobody asked for, before TLS', { exit: 5 }));
    }
    await this.conn.startTls(this.wire.unread).catch((error: CsError) => Promise.reject(this.fail(error)));
  }

  /** Notes that it cannot be used any more; gives the reason back. */
  fail(reason: CsError): CsError {
    this.#broken = true;
    return reason;
  }

  /** Says QUIT when nothing is under way; never throws. */
  async quit(): Promise<void> {
    if (this.free) await this.ask('QUIT').catch(() => {});
    await this.close();
  }

  async close(): Promise<void> {
    this.#broken = true;
    await this.conn.close();
  }

  /** Whether more has come than was asked for, replies or not. */
  #hasMore(): boolean {
    try {
      return this.#events?.next().done === false;
    } catch {
      return true;
    }
  }

  /** What came while nobody asked: 421 is the reason why the next command will fail, anything else is out of place. */
  #goodbye(): void {
    const step = this.#events?.next();
    if (!step || step.done) return;
    this.#broken = true;
    throw step.value.code === 421
      ? refusal('the conversation', step.value)
      : new CsError('CS_PEER_PROTOCOL', 'a reply that nobody asked for', { reply: replyLine(step.value) });
  }

  async #read(): Promise<Reply> {
    try {
      for (;;) {
        const step = this.#events?.next();
        if (step && !step.done) return step.value;
        this.conn.deadline(this.stall);
        const chunk = await this.#chunks.next();
        this.conn.deadline(0);
        this.touched = performance.now();
        if (chunk.done) throw new CsError('CS_CANNOT_CONNECT', 'the server closed the connection');
        this.#events = this.wire.receive(chunk.value);
      }
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }
}
