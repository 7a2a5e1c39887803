/** One request and its answer on one connection: the body leaves while the answer is listened for. */
import type { FieldLines, RequestBody } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';
import type { Link } from './client-link.ts';
import { type ResponseEvent, type ResponseHead, ResponseWire } from './client-wire.ts';

/** Milliseconds that a server may think about `Expect: 100-continue` before the body is sent all the same. */
const CONTINUE = 1000;

export class Call {
  readonly #link: Link;
  readonly #wire: ResponseWire;
  #pending: ResponseEvent[] = [];
  #trailers: FieldLines = [];
  #goAhead: () => void = () => {};
  #answered = false;
  #cut = false;
  /** When the first octet of the final answer came, and the last one so far; of `performance.now()`. */
  first = 0;
  last = 0;
  /** An octet of an answer has come. */
  touched = false;

  constructor(link: Link, method: string) {
    this.#link = link;
    this.#wire = new ResponseWire(method);
  }

  get trailers(): FieldLines {
    return this.#trailers;
  }

  /** The whole answer has come, and was not more than it should. */
  get over(): boolean {
    return this.#wire.done;
  }

  /** Another request may follow on the connection. */
  get reusable(): boolean {
    return this.#wire.reusable && !this.#cut;
  }

  /** Resolves at the final head, also when that comes before the whole body has left. */
  async begin(head: string, body: RequestBody | undefined, expects: boolean): Promise<ResponseHead> {
    const asked = new Promise<void>((resolve) => {
      this.#goAhead = resolve;
    });
    const answer = this.#head();
    answer.catch(() => {}).finally(() => this.#settle());
    if (await this.#write(head)) {
      if (expects) await patient(asked);
      if (body !== undefined) await this.#send(body);
    }
    return answer;
  }

  /** The content, once. */
  async *content(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const events = this.#pending;
      this.#pending = [];
      for (const event of events) {
        if (event.kind === 'data') yield event.bytes;
        else if (event.kind === 'end') {
          this.#trailers = event.trailers;
          return;
        }
      }
      await this.#read();
    }
  }

  #settle(): void {
    this.#answered = true;
    this.#goAhead();
  }

  async #head(): Promise<ResponseHead> {
    for (;;) {
      const event = this.#pending.shift();
      if (event === undefined) await this.#read();
      else if (event.kind === 'head') return event.head;
      else if (event.kind === 'interim' && event.status === 100) this.#goAhead();
    }
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#link.next();
    this.last = performance.now();
    if (this.first === 0 || !this.#answered) this.first = this.last;
    if (!done) this.touched = true;
    this.#pending.push(...(done ? this.#wire.end() : this.#wire.receive(value)));
  }

  async #send(body: RequestBody): Promise<void> {
    const { length } = body;
    let sent = 0;
    if (!this.#answered) {
      for await (const chunk of body.open()) {
        if (chunk.length === 0) continue;
        sent += chunk.length;
        if (length !== undefined && sent > length) throw this.#changed();
        if (this.#answered || !(await this.#write(chunk, length === undefined))) break;
      }
    }
    if (this.#answered) this.#cut = true;
    else if (length === undefined) await this.#write('0\r\n\r\n');
    else if (sent < length) throw this.#changed();
  }

  /** False: the server takes nothing more, and what it says about that is the answer. */
  async #write(bytes: Uint8Array | string, chunk = false): Promise<boolean> {
    try {
      if (chunk) void this.#link.conn.write(`${bytes.length.toString(16)}\r\n`);
      const written = this.#link.conn.write(bytes);
      await (chunk ? Promise.all([written, this.#link.conn.write('\r\n')]) : written);
      return true;
    } catch {
      this.#cut = true;
      return false;
    }
  }

  #changed(): CsError {
    void this.#link.conn.close();
    return new CsError('CS_CHANGED', 'what is being sent is no longer as long as it was');
  }
}

function patient(asked: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CONTINUE);
    void asked.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
