/** The message itself, by DATA or BDAT, and what the server says in the end. */
import type { Draft, Envelope, Receipt, RecipientResult } from '../../contracts/delivery.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { LineNormaliser } from '../../kit/line-ends.ts';
import { DotStuffer } from '../shared/dot-stuffing.ts';
import { isPositive, type Reply, refusal, replyLine } from './client-reply.ts';
import type { Session } from './client-session.ts';
import { refusedAll, type Transaction } from './client-transaction.ts';

/** Octets of one BDAT chunk: large enough that its command is nothing, small enough to be held twice. */
const CHUNK = 256 * 1024;
const NOTHING = new Uint8Array(0);
const AS_IT_IS = { push: (chunk: Uint8Array): Uint8Array => chunk, end: (): Uint8Array => NOTHING };

export class MessageDraft implements Draft {
  readonly #session: Session;
  readonly #results: readonly RecipientResult[];
  readonly #chunked: boolean;
  readonly #lines: Pick<LineNormaliser, 'push' | 'end'>;
  readonly #dots: DotStuffer | undefined;
  readonly #finals: readonly Promise<Reply>[];
  readonly #free: () => void;
  #size = 0;
  #held: Uint8Array[] = [];
  #heldOctets = 0;
  #early: CsError | undefined;
  #ended = false;

  /** @param free the session may be used for the next message */
  constructor(session: Session, envelope: Envelope, transaction: Transaction, free: () => void) {
    const accepted = transaction.results.filter((result) => result.accepted).length;
    this.#session = session;
    this.#results = transaction.results;
    this.#chunked = transaction.chunked;
    this.#free = free;
    this.#lines = envelope.body === 'BINARYMIME' ? AS_IT_IS : new LineNormaliser();
    this.#dots = transaction.chunked ? undefined : new DotStuffer();
    // Asked for now: a server may refuse while the message is still under way.
    this.#finals = transaction.chunked
      ? []
      : Array.from({ length: session.lmtp ? accepted : 1 }, () => session.expect());
    for (const final of this.#finals)
      void final.then(
        (reply) => this.#interrupted(reply),
        () => {},
      );
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#early) return Promise.reject(this.#early);
    return this.#put(this.#lines.push(chunk));
  }

  async commit(): Promise<Receipt> {
    try {
      if (this.#early) throw this.#early;
      await this.#put(this.#lines.end());
    } catch (error) {
      await this.abort();
      throw error;
    }
    this.#ended = true;
    try {
      return this.#receipt(await Promise.all(this.#chunked ? this.#lastChunk() : this.#lastDot()));
    } catch (error) {
      throw unknownOutcome(asCsError(error));
    } finally {
      this.#free();
    }
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // DATA has no way back: what breaks off is not delivered (RFC 5321 section 4.1.1.4); BDAT has RSET.
    if (this.#chunked && !this.#session.over) await this.#session.command('RSET').catch(() => {});
    else this.#session.abandon(new CsError('CS_FAILED', 'the message was given up'));
    this.#free();
  }

  #put(bytes: Uint8Array): Promise<void> | undefined {
    this.#size += bytes.length;
    if (this.#dots) return this.#session.transmit(this.#dots.push(bytes));
    this.#held.push(bytes);
    this.#heldOctets += bytes.length;
    return this.#heldOctets < CHUNK ? undefined : this.#chunk();
  }

  /** A chunk and its reply; without waiting here the server could not refuse before all is sent. */
  async #chunk(): Promise<void> {
    const reply = await this.#sendChunk('');
    if (isPositive(reply)) return;
    this.#early = refusal(reply, 'BDAT');
    throw this.#early;
  }

  #sendChunk(last: '' | ' LAST'): Promise<Reply> {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldOctets = 0;
    const reply = this.#session.command(`BDAT ${bytes.length}${last}`);
    void this.#session.transmit(bytes)?.catch(() => {});
    return reply;
  }

  #lastChunk(): readonly Promise<Reply>[] {
    const first = this.#sendChunk(' LAST');
    if (!this.#session.lmtp) return [first];
    const accepted = this.#results.filter((result) => result.accepted).length;
    return [first, ...Array.from({ length: accepted - 1 }, () => this.#session.expect())];
  }

  #lastDot(): readonly Promise<Reply>[] {
    void this.#session.transmit(this.#dots?.end() ?? NOTHING)?.catch(() => {});
    return this.#finals;
  }

  /** LMTP answers for each recipient (RFC 2033 section 4.2), SMTP once for all. */
  #receipt(finals: readonly Reply[]): Receipt {
    if (!finals.some(isPositive)) throw refusedAll(finals, 'the message');
    let next = 0;
    const results = this.#results.map((result) => {
      if (!result.accepted) return result;
      const final = finals[this.#session.lmtp ? next++ : 0]!;
      return { address: result.address, accepted: isPositive(final), reply: replyLine(final) };
    });
    return { id: queueWords(finals.find(isPositive)!), size: this.#size, results };
  }

  /** A final reply before the end: the server has made up its mind. */
  #interrupted(reply: Reply): void {
    if (!this.#ended && !isPositive(reply)) this.#early = refusal(reply, 'the message');
  }
}

/** What the server calls it: the id in its words where they have a known form, else the words. */
function queueWords({ lines }: Reply): string {
  const words = lines.join(' ').replace(/^\d\.\d{1,3}\.\d{1,3} /, '');
  const known = /(?:queued (?:as|with id)|accepted as|stored as|\bid[=: ])\s*<?([\w.@+/-]{1,200})/i.exec(words);
  return known?.[1] ?? words;
}

/** The end was sent, and no answer came: it may have been delivered (trust.md CL-10). */
function unknownOutcome(error: CsError): CsError {
  if (error.code !== 'CS_CANNOT_CONNECT') return error;
  return new CsError('CS_UNKNOWN_OUTCOME', 'the connection was lost after the message, before the answer', {
    hint: 'it may have been delivered; --retry keeps the Message-ID',
    cause: error,
    ...(error.reply === undefined ? {} : { reply: error.reply }),
  });
}

/** What a conversation gives that was broken off on purpose: nothing is sent, and the replies so far are the result. */
export function stoppedDraft(results: readonly RecipientResult[]): Draft {
  return {
    write: () => undefined,
    commit: async () => ({ id: '', size: 0, results }),
    abort: async () => {},
  };
}
