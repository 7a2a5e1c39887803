/** A server that mail is being handed to: one connection, several messages, each step with its time (RFC 5321 section 4.5.3.2). */
import type { Receipt } from '../contracts/delivery.ts';
import type { Remote } from '../contracts/services.ts';
import type { SpoolLease, SpoolRecipient } from '../contracts/spool.ts';
import { asCsError, CsError } from '../kit/errors.ts';
import type { Hop } from './route.ts';

/** A conversation with a server that takes mail; ends when the signal aborts. */
export type Connect = (hop: Hop, signal: AbortSignal) => Promise<Remote>;

/** Milliseconds. */
export interface Times {
  /** Greeting, EHLO, TLS, login. */
  readonly connect: number;
  /** MAIL, RCPT, DATA. */
  readonly command: number;
  /** One piece of the message. */
  readonly data: number;
  /** The answer to the last dot: many servers scan meanwhile. */
  readonly final: number;
}

export class Conversation implements AsyncDisposable {
  readonly hop: Hop;
  readonly #remote: Remote;
  readonly #stop: AbortController;
  readonly #times: Times;

  private constructor(hop: Hop, remote: Remote, stop: AbortController, times: Times) {
    this.hop = hop;
    this.#remote = remote;
    this.#stop = stop;
    this.#times = times;
  }

  static async open(connect: Connect, hop: Hop, times: Times, signal: AbortSignal): Promise<Conversation> {
    const stop = new AbortController();
    const forward = (): void => stop.abort(signal.reason);
    if (signal.aborted) forward();
    signal.addEventListener('abort', forward, { once: true });
    stop.signal.addEventListener('abort', () => signal.removeEventListener('abort', forward), { once: true });
    const remote = await within(stop, times.connect, connect(hop, stop.signal));
    return new Conversation(hop, remote, stop, times);
  }

  /** Whether the server takes over what the sender wants to be told (RFC 3461). */
  get reports(): boolean {
    const { capabilities } = this.#remote.facts?.() ?? {};
    return Array.isArray(capabilities) && capabilities.some((line) => /^DSN\b/i.test(String(line)));
  }

  /** One transaction. Throws what ended it for all of the recipients. */
  async send(
    { envelope, size }: SpoolLease,
    recipients: readonly SpoolRecipient[],
    content: AsyncIterable<Uint8Array>,
  ): Promise<Receipt> {
    const { delivery } = this.#remote;
    if (!delivery) throw new CsError('CS_BUG', 'the connection takes no mail');
    const { user, ...said } = envelope;
    const to = recipients.map(({ address, notify, orcpt }) => ({
      address,
      ...(notify === undefined ? {} : { notify }),
      ...(orcpt === undefined ? {} : { orcpt }),
    }));
    const { command, data, final } = this.#times;
    const draft = await within(this.#stop, command, Promise.resolve(delivery.open({ ...said, size, to })));
    try {
      for await (const piece of content) {
        const writing = draft.write(piece);
        if (writing) await within(this.#stop, data, writing);
      }
      return await within(this.#stop, final, draft.commit());
    } catch (error) {
      await draft.abort();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve(this.#remote[Symbol.asyncDispose]()).catch(() => {});
    this.#stop.abort(new CsError('CS_FAILED', 'the conversation is over'));
  }
}

/** The work, or the end of the conversation. */
async function within<T>(stop: AbortController, ms: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => stop.abort(new CsError('CS_TIMEOUT', 'the server did not answer in time')), ms);
  try {
    return await work;
  } catch (error) {
    throw stop.signal.aborted ? asCsError(stop.signal.reason) : asCsError(error);
  } finally {
    clearTimeout(timer);
  }
}
