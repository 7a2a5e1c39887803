import { CsError } from '../../kit/errors.ts';
import { LineBuffer } from '../../kit/lines.ts';
import { ruleOf, type State } from './commands.ts';
import { TelnetFilter } from './telnet.ts';
import { COMMAND_LIMIT, formatReply, inTurn, parseRequest, type Refused, type Reply, type Request } from './wire.ts';

/** What a client said, in whatever state it will be answered. `refused`: that reply is due. `telnet`: these octets are, at once. */
export type ServerIn =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'refused'; readonly reply: Refused }
  | { readonly kind: 'telnet'; readonly bytes: Uint8Array };

/**
 * The server's side of a control connection, without a socket (RFC 959). What may be said when is checked both ways: a
 * client that errs is refused, a caller that errs is told `CS_BUG`.
 */
export class ServerWire {
  readonly #telnet = new TelnetFilter();
  readonly #lines: LineBuffer;
  #state: State = 'authorization';
  /** Requests and refusals that have had no final reply; the greeting is the first. */
  #due = 1;

  constructor(newline: 'strict' | 'lenient' = 'strict') {
    this.#lines = new LineBuffer({ max: COMMAND_LIMIT, newline });
  }

  get state(): State {
    return this.#state;
  }

  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** Replies that are due. */
  get due(): number {
    return this.#due;
  }

  /**
   * Lazily, and no further than AUTH or QUIT until that is answered. Throws `CS_PEER_LIMIT` (500) and `CS_PEER_PROTOCOL`
   * (501: a bare CR or LF); the conversation is over then, for what follows might be a command that nobody gave.
   */
  *receive(chunk: Uint8Array): Generator<ServerIn, void> {
    const { bytes, refusals } = this.#telnet.push(chunk);
    this.#lines.push(bytes);
    if (refusals.length > 0) yield { kind: 'telnet', bytes: refusals };
    while (this.#state === 'authorization' || this.#state === 'session') {
      // Counted before it is read: what is no line has a reply too.
      this.#due += 1;
      const line = this.#lines.next();
      if (line === undefined) {
        this.#due -= 1;
        return;
      }
      const said = parseRequest(line);
      yield 'code' in said ? { kind: 'refused', reply: said } : { kind: 'request', request: said };
    }
  }

  /** The final reply to `request`, to a refused line or a greeting without one; 1xx replies come before it. */
  send(reply: Reply, request?: Request): Uint8Array {
    if (reply.code >= 200) {
      // 421 may come at any time, and is the last.
      if (this.#due === 0 && reply.code !== 421) throw new CsError('CS_BUG', `nothing asked for a ${reply.code}`);
      this.#due = Math.max(0, this.#due - 1);
    }
    if (request) this.#answered(request, reply.code);
    return formatReply(reply);
  }

  /** What is due to it now that its turn has come: a login may have come or gone since it was read. */
  inTurn<Said extends Request | Refused>(said: Said): Said | Reply {
    return inTurn(said, this.#state);
  }

  /** TLS is there: nothing that came before counts (RFC 4217 section 4.2). */
  upgraded(): void {
    this.#lines.take(this.#lines.unread.length);
    this.#state = 'authorization';
  }

  #answered({ name }: Request, code: number): void {
    const { to } = ruleOf(name);
    if (to === 'closed' || (to !== undefined && code >= 200 && code < 400)) this.#state = to;
  }
}
