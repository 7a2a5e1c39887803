import type { Duplex } from 'node:stream';

/** The other end as a test plays it: octets out as they are, octets in by line, by number or to the end. */
export class RawPeer {
  readonly stream: Duplex;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error'] as const) {
      stream.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  send(bytes: Uint8Array | string): void {
    this.stream.write(bytes);
  }

  /** One octet a write, each in its own turn. */
  async drip(bytes: Uint8Array | string): Promise<void> {
    for (const octet of Buffer.from(bytes)) {
      this.stream.write(Buffer.of(octet));
      await new Promise(setImmediate);
    }
  }

  /** A line without its CRLF; what there is, when the other end says no more. */
  async line(): Promise<string> {
    while (!this.#held.includes('\n') && !this.#ended) await this.#more();
    const at = this.#held.indexOf('\n');
    return this.#take(at === -1 ? this.#held.length : at + 1)
      .toString()
      .replace(/\r?\n$/, '');
  }

  /** The lines up to a dot, dots taken off. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== '.' && !(this.#ended && line === ''); line = await this.line()) {
      lines.push(line.startsWith('.') ? line.slice(1) : line);
    }
    return lines;
  }

  async octets(count: number): Promise<Buffer> {
    while (this.#held.length < count && !this.#ended) await this.#more();
    return this.#take(count);
  }

  /** Everything until the other end closes. */
  async rest(): Promise<Buffer> {
    while (!this.#ended) await this.#more();
    return this.#take(this.#held.length);
  }

  /** Say `text` and a CRLF; the next line. */
  ask(text: string): Promise<string> {
    this.send(`${text}\r\n`);
    return this.line();
  }

  /** No more octets from here. */
  end(): void {
    this.stream.end();
  }

  #take(count: number): Buffer {
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
