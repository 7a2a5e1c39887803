/**
 * nodemailer's SMTP connection, driven a step at a time over a connection that was dialled elsewhere: it reads replies,
 * queues who waits for which, and ends the stream; what is said, and when, is said by the callers.
 */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../contracts/connection.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { ReplyBudget } from '../shared/reply-lines.ts';
import { Base } from './client-base.ts';
import { closed, explain, lost } from './client-failure.ts';
import { parseReply, type Reply } from './client-reply.ts';

/** nodemailer's own clocks stand still; the connection has one deadline, and it is not here. */
const NEVER = 2 ** 31 - 1;
/** Milliseconds that a server has to answer QUIT. */
const GOODBYE = 1000;

export interface SessionOptions {
  readonly conn: Connection;
  readonly lmtp: boolean;
  readonly signal: AbortSignal;
  /** TLS is to begin; until it has, words that nobody asked for are an attack (trust.md CL-04). */
  readonly guarded: boolean;
}

export class Session extends Base {
  readonly conn: Connection;
  readonly lmtp: boolean;
  readonly #waiting = new Set<(reason: CsError) => void>();
  readonly #leave: () => void;
  #guarded: boolean;
  #over: CsError | undefined;
  #budget = new ReplyBudget();
  /** One reply only: what follows it in clear text must not be taken for an answer. */
  #alone = false;

  constructor({ conn, lmtp, signal, guarded }: SessionOptions) {
    const times = { connectionTimeout: NEVER, greetingTimeout: NEVER, socketTimeout: NEVER };
    const stream = conn.duplex() as never;
    super({ connection: stream, secured: conn.secure, secure: conn.secure, lmtp, ...times, socketCloseTimeout: 1000 });
    this.conn = conn;
    this.lmtp = lmtp;
    this.#guarded = guarded;
    this.on('error', (error: Error) => this.#finish(explain(error, this.conn, this.#guarded)));
    this.on('end', () => this.#finish(closed(this.lastServerResponse)));
    const onSignal = (): void => this.abandon(asCsError(signal.reason));
    const onConnection = (): void => this.abandon(lost(conn) ?? closed(this.lastServerResponse));
    signal.addEventListener('abort', onSignal);
    conn.signal.addEventListener('abort', onConnection);
    this.#leave = () => {
      signal.removeEventListener('abort', onSignal);
      conn.signal.removeEventListener('abort', onConnection);
    };
    if (signal.aborted) onSignal();
  }

  /** It has ended, for whatever reason. */
  get over(): boolean {
    return this.#over !== undefined;
  }

  /** The server's greeting, whatever it says. */
  greeting(): Promise<Reply> {
    const reply = this.#wait((action) => {
      this._actionGreeting = (text) => {
        this._clearPhase();
        action(text);
      };
    });
    if (!this.#over) this.connect();
    return reply;
  }

  /** One command and its reply, whatever that says. Throws what ended the conversation. */
  command(line: string): Promise<Reply> {
    const reply = this.expect();
    if (!this.#over) this._sendCommand(line);
    return reply;
  }

  /** Several commands in one segment (RFC 2920). */
  group(lines: readonly string[]): readonly Promise<Reply>[] {
    const socket = this._socket as unknown as Duplex;
    socket.cork();
    const replies = lines.map((line) => this.command(line));
    socket.uncork();
    return replies;
  }

  /** The next reply that nobody waits for yet. */
  expect(): Promise<Reply> {
    return this.#wait((action) => this._responseActions.push(action));
  }

  /** Octets of a message. Undefined: go on; else wait until there is room. */
  transmit(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#over) return Promise.reject(this.#over);
    const socket = this._socket as unknown as Duplex;
    if (bytes.length === 0 || socket.write(bytes)) return undefined;
    return new Promise((resolve, reject) => {
      const room = (): void => {
        this.#waiting.delete(lost);
        resolve();
      };
      const lost = (reason: CsError): void => {
        socket.off('drain', room);
        reject(reason);
      };
      this.#waiting.add(lost);
      socket.once('drain', room);
    });
  }

  /** STARTTLS up to the end of the handshake (RFC 3207). Throws `CS_TLS`. The server has to be greeted anew. */
  async startTls(): Promise<Reply> {
    this.#alone = true;
    const reply = await this.command('STARTTLS');
    this.#alone = false;
    if (reply.code !== 220) return reply;
    const socket = this._socket as unknown as Duplex;
    this.#detach(socket);
    const early = this._responseQueue.length > 0 || this._remainder !== '';
    this._responseQueue = [];
    this._remainder = '';
    if (early) {
      const injected = new CsError('CS_TLS', 'the server spoke in clear text between STARTTLS and the handshake');
      this.abandon(injected);
      throw injected;
    }
    try {
      await this.conn.startTls();
    } catch (error) {
      this.abandon(asCsError(error));
      throw error;
    }
    this.#attach(this.conn.duplex());
    this.#guarded = false;
    return reply;
  }

  /** The end, now: everybody who waits learns why. */
  abandon(reason: CsError): void {
    this.#finish(reason);
    this.close();
    void this.conn.close('C').catch(() => {});
  }

  /** QUIT, and its answer if there is one; then the end. Never throws. */
  async bye(): Promise<void> {
    if (!this.#over && this._socket)
      await Promise.race([this.command('QUIT').catch(() => {}), sleep(GOODBYE, undefined, { ref: false })]);
    this.#finish(new CsError('CS_FAILED', 'the conversation is over'));
    this.close();
    await this.conn.close('S').catch(() => {});
  }

  /** nodemailer calls it with the first reply; `greeting` puts the one who waits here. */
  _actionGreeting(_text: string): void {}

  override _onData(chunk: Uint8Array): void {
    try {
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      for (let from = 0, at = buffer.indexOf(10); at !== -1; from = at + 1, at = buffer.indexOf(10, from)) {
        this.#budget.line(at + 1 - from);
      }
    } catch (error) {
      this._onError(error as Error, 'LIMIT', false, 'CONN');
      return;
    }
    super._onData(chunk);
    if (!this._responsePartial) this.#budget = new ReplyBudget();
  }

  /** All replies that are there at once: the last words before a hang-up must not be lost. */
  override _processResponse(): void {
    while (this._responseQueue.length > 0 && !this._destroyed) {
      const partial = this._responsePartial && this._responseQueue.length === 1;
      if (partial || (this.#alone && this._responseActions.length === 0)) return;
      super._processResponse();
    }
  }

  #wait(ask: (action: (text: string) => void) => void): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => {
      if (this.#over) return reject(this.#over);
      this.#waiting.add(reject);
      ask((text) => {
        this.#waiting.delete(reject);
        try {
          resolve(parseReply(text));
        } catch (error) {
          reject(error);
          this.abandon(asCsError(error));
        }
      });
    });
    // A group may fail as a whole while only its first reply is awaited.
    reply.catch(() => {});
    return reply;
  }

  #finish(reason: CsError): void {
    if (this.#over) return;
    this.#over = reason;
    this.#leave();
    this._clearPhase();
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  #detach(socket: Duplex): void {
    socket.off('data', this._onSocketData).off('timeout', this._onSocketTimeout);
    socket.off('close', this._onSocketClose).off('end', this._onSocketEnd).off('error', this._onSocketError);
    socket.pause();
  }

  #attach(socket: Duplex): void {
    this._socket = socket as never;
    this.secure = true;
    socket.on('error', this._onSocketError).on('data', this._onSocketData);
    socket.once('close', this._onSocketClose).once('end', this._onSocketEnd);
  }
}
