import { asCsError, type CsError } from '../../kit/errors.ts';
import { replyCode } from '../shared/reply-faults.ts';
import { ATTRIBUTES } from './attributes.ts';
import { type CommandName, ruleOf } from './commands.ts';
import { DATA_COMMANDS } from './data-commands.ts';
import { HASHING } from './hashing.ts';
import { LISTING } from './listing.ts';
import { LOGIN } from './login.ts';
import { NAVIGATION } from './navigation.ts';
import { failureReply } from './refusals.ts';
import { SECURITY } from './security.ts';
import type { ServerIn } from './server-wire.ts';
import { type Answer, reply, type Session } from './session.ts';
import { SETTINGS } from './settings.ts';
import { TRANSFERS } from './transfers.ts';
import type { Reply, Request } from './wire.ts';

const ANSWERS: Readonly<Record<CommandName, Answer>> = {
  ...LOGIN,
  ...SECURITY,
  ...NAVIGATION,
  ...TRANSFERS,
  ...LISTING,
  ...ATTRIBUTES,
  ...HASHING,
  ...DATA_COMMANDS,
  ...SETTINGS,
};

/** Commands that may wait behind a transfer; with more, reading stops. */
const WAITING = 64;

const OVERLOADED = reply(450, 'too much at once, try again later');

type Said = Exclude<ServerIn, { kind: 'telnet' }>;

const isNamed = (said: Said, name: CommandName): boolean => said.kind === 'request' && said.request.name === name;

/**
 * The order of things on one control connection. Commands are answered one after the other; while content moves, reading
 * goes on, so that ABOR and STAT are heard at once. The others wait their turn.
 */
export class Conversation {
  readonly #session: Session;
  readonly #waiting: Said[] = [];
  /** A transfer, and what waited behind it. */
  #busy: Promise<void> | undefined;
  /** Nothing is being answered: a draining door may say goodbye. */
  #idle = true;
  #over = false;

  constructor(session: Session) {
    this.#session = session;
  }

  async hear(chunk: Uint8Array): Promise<void> {
    const { wire, conn } = this.#session;
    this.#idle = false;
    for (const said of wire.receive(chunk)) {
      this.#session.partial = false;
      if (said.kind === 'telnet') await conn.write(said.bytes);
      else await this.#take(said);
      if (this.#over) return;
    }
    this.#idle = true;
    if (conn.draining.aborted) this.drain();
    else this.rearm();
  }

  /** No more will be said: a transfer without its client ends here, unless QUIT has let it finish. */
  async hungUp(): Promise<void> {
    if (this.#waiting.some((said) => isNamed(said, 'QUIT'))) return this.#busy;
    this.#session.hungUp = true;
    this.#session.transfer?.abort('the client has gone');
    await this.#busy;
  }

  /** Resolves when nothing is going on any more. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  /** The door closes: goodbye now, or when the transfer is done. */
  drain(): void {
    if (this.#busy || !this.#idle || this.#over) return;
    this.#over = true;
    const { conn } = this.#session;
    void this.#session.say(421, 'shutting down').then(() => conn.close('X'));
  }

  /** One deadline for the silence between commands, one for a command from its first octet on, none beside a transfer. */
  rearm(): void {
    const { conn, ctx, wire } = this.#session;
    if (this.#busy) return;
    const begun = wire.unread.length > 0;
    if (begun && this.#session.partial) return;
    this.#session.partial = begun;
    conn.deadline(begun || conn.user === undefined ? ctx.limits.commandTime : ctx.options.idle);
  }

  async #take(said: Said): Promise<void> {
    if (this.#busy && said.kind === 'request') {
      const { name, args } = said.request;
      if (name === 'STAT' && args.length === 0) return this.#answer(said);
      if (name === 'ABOR') this.#abort();
      // A handshake needs the reader, which is us.
      if (name === 'AUTH') await this.#busy;
    }
    if (this.#waiting.length >= WAITING) await this.#busy;
    if (this.#over) return;
    if (this.#busy) this.#waiting.push(said);
    else if (said.kind === 'request' && ruleOf(said.request.name).data) this.#busy = this.#work(said);
    else await this.#answer(said);
  }

  #abort(): void {
    this.#session.aborted = true;
    this.#session.transfer?.abort('ABOR');
  }

  /** A transfer, and then whatever came meanwhile. Never rejects. */
  async #work(first: Said): Promise<void> {
    const { conn } = this.#session;
    conn.deadline(0);
    try {
      for (let said: Said | undefined = first; said && !this.#over; said = this.#waiting.shift()) {
        await this.#answer(said);
        if (conn.draining.aborted) break;
      }
    } catch {
      // The control connection is gone, and whoever reads it says so.
    }
    this.#busy = undefined;
    if (conn.draining.aborted) this.drain();
    else if (!this.#over) this.rearm();
  }

  async #answer(said: Said): Promise<void> {
    const { wire, conn } = this.#session;
    if (said.kind === 'refused') return this.#session.answer(wire.inTurn(said.reply));
    const { request } = said;
    const answer = await this.#perform(request);
    await this.#session.answer(answer, request);
    if (wire.state === 'upgrade') return this.#secure();
    if (wire.state !== 'closed' && answer.code !== 421) return;
    this.#over = true;
    void conn.close(wire.state === 'closed' ? 'C' : 'S');
  }

  /** The command's own answer, or a failure that somebody asked for (`--fail retr:5%`). */
  async #perform(request: Request): Promise<Reply> {
    const session = this.#session;
    const due = session.wire.inTurn(request);
    if ('code' in due) return due;
    const { name, args } = request;
    const fault = session.faults(name);
    if (fault) return reply(replyCode(fault, 450), 'a failure on purpose');
    if (ruleOf(name).data && session.ctx.overloaded?.()) return OVERLOADED;
    // RFC 959 section 4.1.3: RNTO comes right behind RNFR.
    if (name !== 'RNTO') session.renamed = undefined;
    try {
      return await ANSWERS[name](session, args);
    } catch (error) {
      return this.#failed(name, asCsError(error));
    }
  }

  #failed(name: CommandName, error: CsError): Reply {
    const { conn, ctx } = this.#session;
    if (conn.signal.aborted) throw error;
    if (error.blame === 'bug') {
      ctx.log('error', 'ftp.failed', { server: ctx.server.id, conn: conn.id, command: name, reason: error.message });
    }
    return failureReply(error, ruleOf(name).creates);
  }

  async #secure(): Promise<void> {
    const { wire, conn } = this.#session;
    // What was pipelined behind AUTH in clear text is dropped (trust.md FT-04).
    wire.upgraded();
    await conn.startTls();
    conn.phase = 'A';
  }
}
