/** One conversation with a server: commands out, responses in, all of them bounded. One command at a time. */
import type { Connection } from '../../../contracts/connection.ts';
import type { ClientContext, Dial } from '../../../contracts/protocol.ts';
import { CsError } from '../../../kit/errors.ts';
import { type Channel, deflatedChannel, plainChannel } from '../channel.ts';
import { Capabilities } from './capabilities.ts';
import { Incoming, understood } from './incoming.ts';
import { literalOf, type Part } from './literal.ts';
import { refusal } from './refusal.ts';
import type { Data, Response, Status } from './response.ts';

/** What nobody asked for, since the last command began. */
const UNASKED_LINES = 10_000;

export type Tagged = Status & { readonly kind: 'tagged' };

/** Looks at what comes while a command runs; true: that was asked for. */
export type Taker = (data: Data | (Status & { readonly kind: 'status' })) => boolean;

export interface Order {
  /** For errors: `SELECT`. */
  readonly name: string;
  readonly parts: readonly Part[];
  readonly take?: Taker;
  /** Octets of a kept literal. */
  readonly keep?: number;
  /** It shows a secret or leads to one; answers `+` by itself. */
  readonly answer?: (challenge: string) => Promise<string>;
}

export class Session {
  readonly conn: Connection;
  capabilities = new Capabilities([]);
  /** The last command's end, or what came before it, told the capabilities. */
  fresh = false;
  greeting: Status = { status: 'OK', code: undefined, text: '' };
  /** The selected mailbox, as the server names it, and how. */
  selected:
    | { readonly name: string; readonly readOnly: boolean; readonly facts: ReadonlyMap<string, number> }
    | undefined;
  /** The highest modseq that was told, before the command at hand. */
  highest = 0;
  /** Told of everything unasked: what IDLE is for. */
  unasked: ((data: Data) => void) | undefined;
  readonly #incoming: Incoming;
  #channel: Channel;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => void this.conn.close('T');
  #tags = 0;
  #strays = 0;
  #busy = false;
  #broken = false;

  private constructor(conn: Connection, signal: AbortSignal) {
    this.conn = conn;
    this.#channel = plainChannel(conn);
    this.#incoming = new Incoming(this.#channel, signal);
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Connects and reads the greeting. */
  static async open(dial: Dial, { target, signal }: Pick<ClientContext, 'target' | 'signal'>): Promise<Session> {
    signal.throwIfAborted();
    const session = new Session(await dial(target), signal);
    try {
      await session.#greet();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Nothing can be said here any more. */
  get over(): boolean {
    return this.#broken || this.#incoming.ended || this.conn.signal.aborted || this.#signal.aborted;
  }

  get preauthenticated(): boolean {
    return this.greeting.status === 'PREAUTH';
  }

  /** One command and its end; throws for NO and BAD. */
  async run(order: Order): Promise<Tagged> {
    const done = await this.ask(order);
    if (done.status !== 'OK') throw refusal(order.name, done);
    return done;
  }

  /** Like `run`; NO and BAD are answers. */
  ask(order: Order): Promise<Tagged> {
    return this.#alone(async () => {
      const tag = this.#tag();
      const early = await this.#write(tag, order);
      return early ?? (await this.#answer(tag, order));
    });
  }

  /**
   * A command whose answer holds one literal that is too long to be kept: its octets as they come. Who stops reading ends the
   * conversation. @param wanted what stands before the literal
   */
  async *stream(order: Order, wanted: RegExp): AsyncGenerator<Uint8Array> {
    const done = this.#occupy();
    let whole = false;
    try {
      const tag = this.#tag();
      const early = await this.#write(tag, order);
      if (early) throw refusal(order.name, early);
      for (;;) {
        const event = await this.#incoming.event();
        if (event.kind === 'octets') yield Uint8Array.prototype.slice.call(event.octets);
        else if (event.kind === 'literal') this.#incoming.admit(event, order.keep, wanted);
        else {
          const said = understood(event);
          if (said.kind === 'tagged') {
            this.#ours(said, tag);
            whole = true;
            if (said.status !== 'OK') throw refusal(order.name, said);
            return;
          }
          this.#meet(said, order.take);
        }
      }
    } finally {
      if (!whole) await this.#break();
      done();
    }
  }

  /** IDLE (RFC 2177): `unasked` is told what comes, until `signal` aborts. */
  idle(signal: AbortSignal): Promise<Tagged> {
    return this.#alone(async () => {
      const tag = this.#tag();
      await this.#say(`${tag} IDLE\r\n`);
      let idling = false;
      const stop = (): void => {
        if (idling && !this.over) void this.#say('DONE\r\n').catch(() => {});
        idling = false;
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          const said = await this.#incoming.response();
          // Hours of news are no flood.
          this.#strays = 0;
          if (said.kind === 'continue') {
            idling = true;
            if (signal.aborted) stop();
          } else if (said.kind === 'tagged') {
            this.#ours(said, tag);
            if (said.status !== 'OK') throw refusal('IDLE', said);
            return said;
          } else this.#meet(said, undefined);
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    });
  }

  /** STARTTLS was answered: nothing that was said before counts (RFC 9051 section 6.2.1). */
  async startTls(): Promise<void> {
    await this.conn.startTls(this.#incoming.release());
    this.capabilities = new Capabilities([]);
  }

  /** COMPRESS was answered: both ways are deflated from here on (RFC 4978). */
  deflate(): void {
    this.#channel = deflatedChannel(this.#channel, this.#incoming.release());
    this.#incoming.from(this.#channel);
  }

  /** Says LOGOUT when nothing is under way; never throws. */
  async logOut(): Promise<void> {
    if (!this.#busy && !this.over)
      await this.ask({ name: 'LOGOUT', parts: ['LOGOUT'], take: () => true }).catch(() => {});
    await this.close();
  }

  async close(): Promise<void> {
    this.#broken = true;
    this.#signal.removeEventListener('abort', this.#abort);
    await this.#end();
  }

  async #greet(): Promise<void> {
    const said = await this.#incoming.response();
    if (said.kind !== 'status') throw new CsError('CS_PEER_PROTOCOL', 'the server does not greet as IMAP does');
    if (said.status !== 'OK' && said.status !== 'PREAUTH')
      throw refusal('the connection', said, said.status === 'BYE' ? 'CS_PEER_TEMPORARY' : 'CS_PEER_REFUSED');
    this.greeting = said;
    this.#note(said);
  }

  async #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#occupy();
    try {
      return await act();
    } catch (error) {
      // Whatever came between: what the server says next belongs to nobody.
      if (!(error instanceof CsError) || error.code.startsWith('CS_PEER_P') || error.code === 'CS_PEER_LIMIT')
        await this.#break();
      throw error;
    } finally {
      done();
    }
  }

  #occupy(): () => void {
    if (this.#busy) throw new CsError('CS_BUG', 'a command was given while another one ran');
    if (this.over) throw new CsError('CS_CANNOT_CONNECT', 'the conversation is over');
    this.#busy = true;
    this.#strays = 0;
    this.fresh = false;
    return () => {
      this.#busy = false;
    };
  }

  async #break(): Promise<void> {
    this.#broken = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#channel.close();
    await this.conn.close();
  }

  /** A "binary" string, or octets. */
  #say(said: string | Uint8Array): Promise<void> {
    return this.#channel.write([typeof said === 'string' ? Buffer.from(said, 'latin1') : said]);
  }

  #tag(): string {
    this.#tags += 1;
    return `c${this.#tags}`;
  }

  /** Sends it; resolves to the end of a command that was refused before all of it was said. */
  async #write(tag: string, { parts, take }: Order): Promise<Tagged | undefined> {
    let text = `${tag} `;
    for (const part of parts) {
      if (typeof part === 'string') {
        text += part;
        continue;
      }
      const { size, mark, octets } = literalOf(part);
      const ahead = size <= this.capabilities.literalAhead;
      await this.#say(`${text}${mark}{${size}${ahead ? '+' : ''}}\r\n`);
      text = '';
      const refused = ahead ? undefined : await this.#goAhead(tag, take);
      if (refused) return refused;
      await this.#send(octets, size);
    }
    await this.#say(`${text}\r\n`);
    return undefined;
  }

  /** Exactly so many octets, or the conversation is over. */
  async #send(octets: () => AsyncIterable<Uint8Array>, size: number): Promise<void> {
    let sent = 0;
    try {
      for await (const chunk of octets()) {
        sent += chunk.length;
        if (sent > size) break;
        await this.#say(chunk);
      }
    } finally {
      if (sent !== size) await this.#break();
    }
    if (sent !== size) throw new CsError('CS_CHANGED', `a message of ${size} octets turned out to have others`);
  }

  async #goAhead(tag: string, take: Taker | undefined): Promise<Tagged | undefined> {
    for (;;) {
      const said = await this.#incoming.response();
      if (said.kind === 'continue') return undefined;
      if (said.kind === 'tagged') {
        this.#ours(said, tag);
        return said;
      }
      this.#meet(said, take);
    }
  }

  async #answer(tag: string, { take, answer, keep, name }: Order): Promise<Tagged> {
    for (;;) {
      const said = await this.#incoming.response(keep);
      if (said.kind === 'tagged') {
        this.#ours(said, tag);
        this.#note(said);
        return said;
      }
      if (said.kind === 'continue') {
        if (!answer) throw new CsError('CS_PEER_PROTOCOL', `the server wants more in the midst of ${name}`);
        await this.#say(`${await answer(said.text)}\r\n`);
      } else this.#meet(said, take);
    }
  }

  #ours({ tag }: { readonly tag: string }, expected: string): void {
    if (tag !== expected) throw new CsError('CS_PEER_PROTOCOL', 'the server answers a command that was not given');
  }

  /** What comes between a command and its end. */
  #meet(said: Exclude<Response, { kind: 'tagged' }>, take: Taker | undefined): void {
    if (said.kind === 'continue') throw new CsError('CS_PEER_PROTOCOL', 'the server wants more, and there is no more');
    if (said.kind === 'status') this.#note(said);
    if (take?.(said)) return;
    if (said.kind === 'status' && said.status === 'BYE') throw refusal('BYE', said, 'CS_PEER_TEMPORARY');
    this.#strays += 1;
    if (this.#strays > UNASKED_LINES)
      throw new CsError('CS_PEER_LIMIT', 'the server says too much that nobody asked for');
    if (said.kind !== 'data') return;
    if (said.name === 'CAPABILITY') this.#capable(said.cursor.rest());
    this.unasked?.(said);
    if (said.name === 'FETCH') this.heard(Number(/MODSEQ \((\d{1,16})\)/i.exec(said.cursor.rest())?.[1] ?? 0));
  }

  heard(modseq: number): void {
    this.highest = Math.max(this.highest, modseq);
  }

  #note({ code }: Status): void {
    if (code?.name === 'CAPABILITY') this.#capable(code.args);
  }

  #capable(words: string): void {
    this.capabilities = new Capabilities(words.trim().split(/ +/));
    this.fresh = true;
  }
}
