import { CsError } from '../../kit/errors.ts';
import { LineBuffer } from '../../kit/lines.ts';
import { DotUnstuffer } from '../shared/dot-stuffing.ts';
import { lineText } from '../shared/reply-lines.ts';
import { SASL_LINE } from '../shared/sasl/base64.ts';
import { ruleOf, type State } from './commands.ts';
import { formatRequest, hasLines, parseStatus, type Request, type Status } from './wire.ts';

/** Octets of a line that a server sends outside bodies: generous, and far below what hurts. */
const LINE_LIMIT = 64 * 1024;

/** What a server said, in the order of the requests. `request` is undefined for the greeting. */
export type ClientIn =
  | ({ readonly kind: 'status'; readonly request: Request | undefined } & Status)
  | { readonly kind: 'challenge'; readonly text: string }
  /** Octets of the lines behind a positive status, dots taken off. */
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

/** The client's side of a conversation, without a socket. Requests may be pipelined (RFC 2449 section 6.6). */
export class ClientWire {
  readonly #lines = new LineBuffer({ max: LINE_LIMIT, newline: 'lenient' });
  readonly #due: (Request | undefined)[] = [undefined];
  #unstuffer: DotUnstuffer | undefined;
  #state: State = 'authorization';

  get state(): State {
    return this.#state;
  }

  /** Octets that no request asked for. */
  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** How many answers are still to come, the greeting included. */
  get due(): number {
    return this.#due.length;
  }

  /** Throws `CS_INPUT` for what cannot be said, `CS_BUG` for what may not be said now. */
  send(request: Request): Uint8Array {
    const rule = ruleOf(request.name);
    if (!rule.in.includes(this.#state)) throw new CsError('CS_BUG', `${request.name} in the ${this.#state} state`);
    const line = formatRequest(request);
    this.#due.push(request);
    return line;
  }

  /** The answer to a challenge; `*` cancels. */
  respond(text: string): Uint8Array {
    if (text.length > SASL_LINE) throw new CsError('CS_INPUT', 'the SASL response is too long');
    return Buffer.from(`${lineText(text, 'a SASL response')}\r\n`);
  }

  /** Throws `CS_PEER_LIMIT` and `CS_PEER_PROTOCOL`; the conversation is over then. */
  *receive(chunk: Uint8Array): Generator<ClientIn, void> {
    this.#lines.push(chunk);
    for (;;) {
      if (this.#unstuffer) {
        const { body, rest } = this.#unstuffer.push(this.#lines.take(this.#lines.unread.length));
        if (body.length > 0) yield { kind: 'body', bytes: body };
        if (rest === undefined) return;
        this.#unstuffer = undefined;
        this.#lines.push(rest);
        yield { kind: 'end' };
      }
      if (this.#due.length === 0 || this.#state === 'upgrade') return;
      const line = this.#lines.next();
      if (line === undefined) return;
      yield this.#understand(line);
    }
  }

  /** TLS is there. The caller has made sure that nothing was unread. */
  upgraded(): void {
    this.#state = 'authorization';
  }

  #understand(line: Uint8Array): ClientIn {
    const [request] = this.#due;
    if (request?.name === 'AUTH' && line[0] === 0x2b && (line.length === 1 || line[1] === 0x20)) {
      return { kind: 'challenge', text: Buffer.from(line).toString('latin1').slice(2) };
    }
    const status = parseStatus(line);
    this.#due.shift();
    if (request) this.#answered(request, status.ok);
    return { kind: 'status', request, ...status };
  }

  #answered(request: Request, ok: boolean): void {
    const { to } = ruleOf(request.name);
    if (ok && hasLines(request)) this.#unstuffer = new DotUnstuffer();
    else if (to === 'closed' || (ok && to !== undefined)) this.#state = to;
  }
}
