import type { Connection } from '../../contracts/connection.ts';

/** Both directions of a connection that somebody else reads and writes: a terminal, a pipe. */
export class Conversation {
  readonly #conn: Connection;
  readonly #hear: (chunk: Uint8Array) => Promise<void>;
  /** Lines that came since we last said something. */
  #answered = 0;
  #ended = false;
  #wake: () => void = () => {};
  /** While set, an end of the reading is ours: TLS begins or the stream is taken over. */
  #switching = false;
  #listening: Promise<void>;

  constructor(conn: Connection, hear: (chunk: Uint8Array) => Promise<void>) {
    this.#conn = conn;
    this.#hear = hear;
    this.#listening = this.#listen(conn);
  }

  /** Resolves when the other end said its last; rejects when the connection broke. */
  get over(): Promise<void> {
    return this.#listening;
  }

  async say(bytes: Uint8Array): Promise<void> {
    this.#answered = 0;
    await this.#conn.write(bytes);
  }

  /** Once the last command was answered. Throws `CS_TLS`. */
  async startTls(): Promise<void> {
    while (this.#answered === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#switching = true;
    await this.#conn.startTls();
    await this.#listening;
    this.#switching = false;
    this.#listening = this.#listen(this.#conn);
  }

  /** We say no more; the other end may go on. Resolves when it has done. */
  async finish(): Promise<void> {
    if (this.#ended) return this.#listening;
    this.#switching = true;
    const stream = this.#conn.duplex();
    await this.#listening;
    this.#switching = false;
    stream.end();
    this.#listening = this.#listen(stream);
    await this.#listening;
  }

  async #listen(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) {
        this.#answered += chunk.filter((octet) => octet === 10).length;
        await this.#hear(chunk);
        this.#wake();
      }
    } finally {
      if (!this.#switching) this.#ended = true;
      this.#wake();
    }
  }
}
