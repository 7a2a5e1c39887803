import { CsError } from '../../kit/errors.ts';
import { LineBuffer } from '../../kit/lines.ts';
import { DotStuffer } from '../shared/dot-stuffing.ts';
import { SASL_LINE } from '../shared/sasl/base64.ts';
import { ruleOf, type State } from './commands.ts';
import { COMMAND_LIMIT, formatStatus, hasLines, parseRequest, type Request, type Status } from './wire.ts';

const LF = 10;

/** What a client said. To `refused` a `-ERR` with that text is due. */
export type ServerIn =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'refused'; readonly text: string }
  /** A base64 line inside AUTH, or `*`. */
  | { readonly kind: 'response'; readonly text: string };

export type ServerOut =
  | ({ readonly kind: 'status' } & Status)
  /** Inside AUTH: `+ ` and base64. */
  | { readonly kind: 'challenge'; readonly text: string }
  /** Octets of the lines behind a positive status, as they are; dots are put where they must be. */
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

/**
 * The server's side of a conversation, without a socket (RFC 1939). It greets by a first status; after that every
 * request gets one answer, in order. What may be said when is checked both ways: a client that errs is refused, a
 * caller that errs is told `CS_BUG`.
 */
export class ServerWire {
  readonly #lines: LineBuffer;
  readonly #stuffer = new DotStuffer();
  #state: State = 'authorization';
  #due: Request | 'greeting' | 'refusal' | 'lines' | undefined = 'greeting';
  #challenged = false;

  constructor(newline: 'strict' | 'lenient' = 'strict') {
    this.#lines = new LineBuffer({ max: SASL_LINE, newline });
  }

  get state(): State {
    return this.#state;
  }

  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** A status is due: the one before has not been said, and no lines have begun. */
  get answerable(): boolean {
    return this.#due !== undefined && this.#due !== 'lines';
  }

  /**
   * Lazily: what the next octets mean depends on the answer to those before, so answer each before taking the next.
   * Ends early after STLS. Throws `CS_PEER_LIMIT` and `CS_PEER_PROTOCOL`; the conversation is over then.
   */
  *receive(chunk: Uint8Array): Generator<ServerIn, void> {
    this.#lines.push(chunk);
    while (this.#state === 'authorization' || this.#state === 'transaction') {
      if (!this.#challenged && !endsInTime(this.#lines.unread)) {
        throw new CsError('CS_PEER_LIMIT', `command longer than ${COMMAND_LIMIT} octets`);
      }
      const line = this.#lines.next();
      if (line === undefined) return;
      yield this.#understand(line);
    }
  }

  #understand(line: Uint8Array): ServerIn {
    if (this.#challenged) {
      this.#challenged = false;
      return { kind: 'response', text: Buffer.from(line).toString('latin1') };
    }
    if (this.#due !== undefined) throw new CsError('CS_BUG', 'a request was left without an answer');
    const request = parseRequest(line, this.#state);
    if ('refused' in request) {
      this.#due = 'refusal';
      return { kind: 'refused', text: request.refused };
    }
    this.#due = request;
    return { kind: 'request', request };
  }

  send(out: ServerOut): Uint8Array {
    const due = this.#due;
    switch (out.kind) {
      case 'status':
        if (due === undefined || due === 'lines') throw outOfPlace(out);
        this.#answered(due, out.ok);
        return formatStatus(out);
      case 'challenge':
        if (typeof due !== 'object' || due.name !== 'AUTH') throw outOfPlace(out);
        this.#challenged = true;
        return Buffer.from(`+ ${out.text}\r\n`);
      case 'body':
        if (due !== 'lines') throw outOfPlace(out);
        return this.#stuffer.push(out.bytes);
      case 'end':
        if (due !== 'lines') throw outOfPlace(out);
        this.#due = undefined;
        return this.#stuffer.end();
    }
  }

  /** TLS is there: nothing that came before counts (RFC 2595 section 4). */
  upgraded(): void {
    this.#lines.take(this.#lines.unread.length);
    this.#state = 'authorization';
  }

  #answered(due: Request | 'greeting' | 'refusal', ok: boolean): void {
    this.#due = undefined;
    if (typeof due === 'string') return;
    const { to } = ruleOf(due.name);
    if (ok && hasLines(due)) this.#due = 'lines';
    else if (to === 'closed' || (ok && to !== undefined)) this.#state = to;
  }
}

/** Whether a command still may be, or is, within its limit. */
function endsInTime(unread: Uint8Array): boolean {
  return unread.length < COMMAND_LIMIT || unread.subarray(0, COMMAND_LIMIT).includes(LF);
}

function outOfPlace(out: ServerOut): CsError {
  return new CsError('CS_BUG', `nothing asked for a ${out.kind}`);
}
