import type { Connection } from '../../contracts/connection.ts';

/** Silence after which an answer of several lines counts as complete. */
const QUIET = 300;

/** Both directions of a connection that somebody else reads and writes: a terminal, a pipe. */
export class Conversation {
  readonly #conn: Connection;
  readonly #hear: (chunk: Uint8Array) => Promise<void>;
  /** Resolves when the other end said its last; rejects when the connection broke. */
  readonly over: Promise<void>;
  #settle: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  /** Lines each way. Whoever speaks first and answers every line has always said one more. */
  #said = 0;
  #heard = 0;
  #ended = false;
  #wake: () => void = () => {};
  /** While set, an end of the reading is ours: TLS begins or the stream is taken over. */
  #switching = false;
  #listening: Promise<void>;

  constructor(conn: Connection, hear: (chunk: Uint8Array) => Promise<void>) {
    this.#conn = conn;
    this.#hear = hear;
    this.over = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.over.catch(() => {});
    this.#listening = this.#listen(conn);
  }

  async say(bytes: Uint8Array): Promise<void> {
    this.#said += lineEnds(bytes);
    await this.#conn.write(bytes);
  }

  /** Once what was said is answered: a greeting, a line for each of ours, and then silence. Throws `CS_TLS`. */
  async startTls(): Promise<void> {
    while (!this.#ended) {
      const answered = this.#heard > this.#said;
      const more = await this.#more(answered ? QUIET : undefined);
      if (answered && !more) break;
    }
    await this.#switch(async () => {
      await this.#conn.startTls();
      return this.#conn;
    });
  }

  /** We say no more; the other end may go on. Resolves when it has done. */
  async finish(): Promise<void> {
    if (this.#ended) return this.over;
    await this.#switch(async () => {
      const stream = this.#conn.duplex();
      stream.end();
      return stream;
    });
    return this.over;
  }

  /** Read on from another source; what was read before ends by it. */
  async #switch(act: () => Promise<AsyncIterable<Uint8Array>>): Promise<void> {
    this.#switching = true;
    const source = await act();
    await this.#listening;
    this.#switching = false;
    this.#listening = this.#listen(source);
  }

  /** True when something came; false after `ms` of silence. */
  #more(ms: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => resolve(false), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  async #listen(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) {
        this.#heard += lineEnds(chunk);
        await this.#hear(chunk);
        this.#wake();
      }
      if (!this.#switching) this.#end(() => this.#settle?.resolve());
    } catch (error) {
      this.#end(() => this.#settle?.reject(error));
    }
  }

  #end(settle: () => void): void {
    this.#ended = true;
    settle();
    this.#wake();
  }
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
