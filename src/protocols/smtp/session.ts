import type { Socket } from 'node:net';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { Connection, EndedBy } from '../../contracts/connection.ts';
import type { DeliverySession } from '../../contracts/delivery.ts';
import type { CsError } from '../../kit/errors.ts';
import { dispatch } from './commands/dispatch.ts';
import { lineLimit } from './commands/table.ts';
import { Conversation } from './conversation.ts';
import { Deadlines } from './deadlines.ts';
import type { FaultWord } from './fault-words.ts';
import type { Gate } from './gate.ts';
import { Outbox } from './outbox.ts';
import { pause } from './pause.ts';
import { Penalties, type Verdict } from './penalties.ts';
import type { Policy } from './policy.ts';
import * as replies from './reply.ts';
import { transmissionType } from './session-words.ts';
import { type BodyReader, COMMAND_LIMIT, CommandStream, type StreamOwner, type Waits } from './stream.ts';
import type { Transaction } from './transaction.ts';

/** The base would ask the system and normalise the answers, and nothing of it that runs here reads them. */
const NOWHERE = { remoteAddress: '-', remotePort: 1, localAddress: '-', localPort: 1 };

/** One conversation: the base's connection with its own command loop, replies, bodies and TLS. */
export class Session extends SMTPConnection implements StreamOwner {
  declare _parser: CommandStream | false;
  readonly conn: Connection;
  readonly policy: Policy;
  readonly ended: Promise<void>;
  /** What the client greeted with; undefined until then and after STARTTLS. */
  greeting: 'HELO' | 'EHLO' | undefined;
  helo = '';
  /** The client's address, or the one that XCLIENT gave. */
  address: string;
  /** The account logged in. */
  identity: string | undefined;
  failedLogins = 0;
  transaction: Transaction | undefined;
  /** Takes the next line instead of the commands: AUTH. */
  continuation: ((line: Buffer) => Waits) | undefined;
  /** Undefined where no transcript is kept. */
  readonly conversation: Conversation | undefined;
  readonly #outbox: Outbox;
  readonly #penalties: Penalties;
  #penalty = false;
  #pending = 0;
  /** Nothing was said since TLS began. */
  #silent = false;
  readonly #deadlines: Deadlines;
  #end = (): void => {};

  constructor(gate: Gate, conn: Connection) {
    super(gate, conn.duplex() as Socket, { id: conn.id, ...NOWHERE });
    this.conn = conn;
    this.policy = gate.policy;
    this.address = conn.peer.address;
    this.session.secure = this.secure = conn.secure;
    this.conversation = this.policy.ctx.options.transcript === 'on' ? new Conversation(conn) : undefined;
    this.#outbox = new Outbox(() => this._socket, this.policy.offers('enhancedstatuscodes'));
    this.#deadlines = new Deadlines(this);
    this.#penalties = new Penalties(this.policy.ctx.options, this.policy.ctx.overloaded);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Neither the 100 ms in which the base waits for early talkers, nor its timers. */
  override init(): void {
    this.conn.whenOver((reason) => this.#lost(reason));
    if (!this._closing) this._setListeners(() => this.connectionReady());
  }

  override _setListeners(callback: () => void): void {
    if (this._parser) this._parser.attach(this._socket);
    callback();
  }

  override _createParser(): CommandStream {
    return new CommandStream(this, (this._server as Gate).policy.lenient);
  }

  /** The greeting, which the base sends. */
  override send(code: number, text?: string | string[] | null): void {
    this.say(replies.reply(code, undefined, text ?? ''));
    this.conn.phase = 'C';
    this.idle(false);
  }

  // What commands call

  say(reply: replies.Reply): undefined {
    const wire = this.#outbox.add(reply);
    this.conversation?.reply(wire);
    return undefined;
  }

  /** The client's error: counted, and the answer may wait or be the last. */
  refuse(reply: replies.Reply): undefined {
    return this.#judge(this.#penalties.error(), reply);
  }

  /** Answered, but it leads nowhere. */
  humour(reply: replies.Reply): undefined {
    return this.#judge(this.#penalties.junk(), reply);
  }

  forgive(): void {
    this.#penalties.forgive();
  }

  /** Last words, and the end. */
  dismiss(reply: replies.Reply, by: EndedBy = 'S'): undefined {
    this.say(reply);
    this.close(by);
    return undefined;
  }

  /** A failure on purpose for this command, if it is its turn; then it is answered. */
  fails(command: FaultWord): boolean {
    const fault = this.policy.faults(command);
    if (fault) this.say(replies.faultReply(fault));
    return fault !== undefined;
  }

  begin(body: BodyReader): void {
    this.conn.phase = 'D';
    if (this._parser) this._parser.begin(body);
  }

  /** Forget the message under way (RSET, EHLO, STARTTLS). */
  reset(): undefined {
    const incoming = this.transaction?.incoming;
    this.transaction = undefined;
    if (!this._closing) this.conn.phase = 'C';
    if (incoming) void this.track(incoming.abort());
    return undefined;
  }

  /** The conversation is not over before this is. */
  track(work: Promise<void>): Promise<void> {
    this.#pending += 1;
    return work.then(this.#done, this.#done);
  }

  /** A limit was reached: the journal gets to know. */
  limit(what: string): void {
    const { services, server, log } = this.policy.ctx;
    const fact = { event: 'limit', server: server.id, conn: this.conn.id, limit: what };
    services.journal.add(fact).catch(() => log('error', 'journal.failed', { server: server.id, event: 'limit' }));
  }

  deliverySession(): DeliverySession {
    const { conn, policy, helo, address, identity } = this;
    const type = transmissionType(policy.lmtp, this.greeting, conn.secure, identity !== undefined, this.transaction);
    const { id } = policy.ctx.server;
    return { server: id, conn: conn.id, with: type, helo, address, user: identity, secure: conn.secure };
  }

  log(level: 'error' | 'warn', event: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.policy.ctx.log(level, event, { server: this.policy.ctx.server.id, conn: this.conn.id, message });
  }

  /** TLS from here on; everything said before is forgotten (RFC 3207 section 4.2). */
  async secureNow(): Promise<void> {
    const old = this._parser;
    if (!old) return;
    this.#outbox.flush();
    old.retire();
    this.#deadlines.disarm();
    try {
      await this.policy.distrust.secure(this.conn);
    } catch {
      // The connection has said why, and is gone.
      this.close('C');
      return;
    }
    if (this._closing) return;
    this.conversation?.note(`${this.conn.tls?.version}, ${this.conn.tls?.cipher}`);
    this._socket = this.conn.duplex() as Socket;
    this.session.secure = this.secure = true;
    this.#silent = true;
    this.greeting = undefined;
    this.helo = '';
    this.reset();
    this._parser = this._createParser();
    this._parser.attach(this._socket);
    this.idle(false);
  }

  // What the stream calls

  line(line: Buffer, behind: boolean): Waits {
    if (this.conn.draining.aborted) {
      return this.dismiss(replies.SHUTTING_DOWN, 'X');
    }
    this.#silent = false;
    if (!this.continuation) this.conn.phase = 'C';
    const waits = this.#run(line, behind);
    return waits ? waits.then(() => this.#settled()) : this.#settled();
  }

  badLine(): void {
    this.refuse(replies.BAD_LINE);
    this.close();
  }

  lineLimit(start: Buffer): number {
    return this.continuation ? lineLimit('AUTH') : start.length <= COMMAND_LIMIT ? COMMAND_LIMIT : lineLimit(start);
  }

  overlong(start: Buffer, twice: boolean): void {
    if (twice) this.close('L');
    else if (this.continuation || lineLimit(start) === lineLimit('AUTH')) {
      this.dismiss(replies.reply(500, '5.5.6', 'authentication line too long'), 'L');
    } else this.refuse(replies.LINE_TOO_LONG);
  }

  notText(): void {
    this.dismiss(replies.NO_WEB);
  }

  idle(partial: boolean): Waits {
    if (this._closing) return undefined;
    this.#outbox.flush();
    const inBody = this._parser !== false && this._parser.inBody;
    const want = inBody ? 'body' : partial || this.continuation ? 'command' : 'idle';
    if (want !== 'body' && this.conn.draining.aborted) {
      return this.dismiss(replies.SHUTTING_DOWN, 'X');
    }
    this.#deadlines.arm(want);
    return this.#outbox.room();
  }

  busy(): void {
    this.#deadlines.disarm();
    this.#outbox.flushSoon();
  }

  finished(): void {
    this.close('C');
  }

  /** The door closes: at once if nothing is under way, else behind the answer to it. */
  drain(): void {
    const { armed } = this.#deadlines;
    const quiet = armed === 'idle' || (armed === 'command' && !this.continuation);
    if (quiet && !this._closing) this.dismiss(replies.SHUTTING_DOWN, 'X');
  }

  override close(by: EndedBy = 'S'): void {
    if (this._closing) return;
    this._closing = true;
    if (this.#silent && by === 'C') this.policy.distrust.left(this.conn.id);
    this.#outbox.held = false;
    this.#outbox.flush();
    if (this._parser) this._parser.retire();
    // Unread octets would turn our last words into a reset.
    this._socket.resume();
    this._server.connections.delete(this);
    void this.conn.close(by);
    this.reset();
    this.#over();
  }

  #done = (): void => {
    this.#pending -= 1;
    if (this._closing) this.#over();
  };

  #over(): void {
    if (this.#pending > 0) return;
    this._closed = true;
    this.#end();
  }

  /** A deadline, a reset, or the end of the socket after our own goodbye. */
  #lost(reason: CsError): void {
    if (reason.code === 'CS_TIMEOUT') this.dismiss(replies.TIMED_OUT, 'T');
    else this.close('C');
  }

  #run(line: Buffer, behind: boolean): Waits {
    if (this.continuation) this.conversation?.response(line);
    try {
      const waits = this.continuation ? this.continuation(line) : dispatch(this, line, behind);
      return waits && this.track(waits.catch((error: unknown) => this.#broke(error)));
    } catch (error) {
      this.#broke(error);
      return undefined;
    }
  }

  #broke(error: unknown): void {
    // A login or a draft that ends because the connection did.
    if (this._closing) return;
    this.log('error', 'smtp.failed', error);
    this.reset();
    this.continuation = undefined;
    this.say(replies.failureReply(error));
  }

  #judge(verdict: Verdict, reply: replies.Reply): undefined {
    if (verdict === 'close') {
      this.limit('errors');
      return this.dismiss(replies.TOO_MANY_ERRORS, 'L');
    }
    this.#penalty ||= verdict === 'wait';
    return this.say(reply);
  }

  #settled(): Waits {
    if (!this.#penalty || this._closing) return undefined;
    this.#penalty = false;
    this.#outbox.held = true;
    return pause(this.policy.ctx.options.tarpit, this.conn.signal).then(() => {
      this.#outbox.held = false;
    });
  }
}
