/** One message to one server, again after a temporary failure; and many messages over several connections. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope, Receipt } from '../../contracts/delivery.ts';
import type { Remote } from '../../contracts/services.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import type { Message } from './compose.ts';

/** Octets handed over at a time. */
const PIECE = 64 * 1024;
/** Milliseconds before the first repetition; doubled each time, up to the longest. */
const PAUSE = 250;
const LONGEST_PAUSE = 10_000;

export interface Sent {
  readonly receipt: Receipt;
  readonly messageId: string | undefined;
  readonly attempts: number;
  /** From MAIL to the final reply, of the attempt that went well. */
  readonly ms: number;
}

export interface Errand {
  readonly envelope: Envelope;
  readonly message: Message;
  /** Further attempts after a temporary failure. */
  readonly retry: number;
  readonly signal: AbortSignal;
}

/** Hands the message over a remote that `connect` gives, which is asked anew after a failure. */
export class Sender implements AsyncDisposable {
  readonly #connect: () => Promise<Remote>;
  #remote: Remote | undefined;

  constructor(connect: () => Promise<Remote>) {
    this.#connect = connect;
  }

  get remote(): Remote | undefined {
    return this.#remote;
  }

  /** The connection, made now if there is none. */
  async ready(): Promise<Remote> {
    this.#remote ??= await this.#connect();
    return this.#remote;
  }

  /** A repetition carries the same Message-ID: who got it twice can tell (trust.md CL-10). */
  async send(errand: Errand): Promise<Sent> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { ...(await this.#once(errand)), messageId: errand.message.messageId, attempts: attempt };
      } catch (error) {
        const failure = asCsError(error);
        await this[Symbol.asyncDispose]();
        if (!failure.retryable || attempt > errand.retry || errand.signal.aborted) throw failure;
        const pause = Math.min(PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE);
        await sleep(pause, undefined, { signal: errand.signal }).catch(() => {
          throw failure;
        });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const remote = this.#remote;
    this.#remote = undefined;
    await remote?.[Symbol.asyncDispose]();
  }

  async #once({ envelope, message }: Errand): Promise<{ receipt: Receipt; ms: number }> {
    const { delivery } = await this.ready();
    if (!delivery) throw new CsError('CS_BUG', 'the connection takes no mail');
    const started = performance.now();
    const draft = await delivery.open(envelope);
    try {
      for (let at = 0; at < message.bytes.length; at += PIECE)
        await draft.write(message.bytes.subarray(at, at + PIECE));
      const receipt = await draft.commit();
      return { receipt, ms: performance.now() - started };
    } catch (error) {
      await draft.abort();
      throw error;
    }
  }
}
