/** Calls both ways between the first process of a server and one of its workers: in order, each answered. */
import { asCsError, CsError, type ErrorCode } from '../../../kit/errors.ts';

/**
 * What is asked and what is given survive JSON: that is what the pipe between processes carries. Both ends are the same
 * program, so neither looks whether the other's values are what their names say.
 */
export type Calls = Readonly<Record<string, (value: never) => unknown>>;

export type Message =
  | { readonly ask: number; readonly name: string; readonly value: unknown }
  | { readonly answer: number; readonly value?: unknown; readonly error?: Failure };

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: CsError) => void;
}

export class Channel {
  readonly #send: (message: Message) => void;
  readonly #calls: Calls;
  readonly #pending = new Map<number, Pending>();
  #asked = 0;
  #ended: CsError | undefined;

  /** @param send must not throw; what it cannot deliver ends the channel soon after */
  constructor(send: (message: Message) => void, calls: Calls) {
    this.#send = send;
    this.#calls = calls;
  }

  /** Throws what the other side threw, and `CS_FAILED` once that is gone. */
  ask<T = unknown>(name: string, value?: unknown): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    const ask = ++this.#asked;
    return new Promise((resolve: (value: T) => void, reject) => {
      this.#pending.set(ask, { resolve: resolve as Pending['resolve'], reject });
      this.#send({ ask, name, value });
    });
  }

  /** A message of the other side. */
  receive(message: Message): void {
    if ('ask' in message) void this.#serve(message.ask, message.name, message.value);
    else {
      const { answer, value, error } = message;
      const pending = this.#pending.get(answer);
      this.#pending.delete(answer);
      if (error)
        pending?.reject(new CsError(error.code, error.message, { ...(error.hint ? { hint: error.hint } : {}) }));
      else pending?.resolve(value as never);
    }
  }

  /** The other side is gone. */
  end(): void {
    this.#ended = new CsError('CS_FAILED', 'the other process is gone');
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }

  async #serve(answer: number, name: string, value: unknown): Promise<void> {
    try {
      const call = Object.hasOwn(this.#calls, name) ? this.#calls[name] : undefined;
      if (!call) throw new CsError('CS_BUG', `nobody answers ${name}`);
      this.#send({ answer, value: await call(value as never) });
    } catch (thrown) {
      const { code, message, hint } = asCsError(thrown);
      this.#send({ answer, error: { code, message, hint } });
    }
  }
}
