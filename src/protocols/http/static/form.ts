/** One form of a kept file: its content, and whole answers that are ready to be written. */
import { currentDate, currentSecond } from '../../shared/http/clock.ts';
import { CONTENT_HEADERS } from '../../shared/http/reply.ts';
import type { Headers } from './partial.ts';
import type { Representation } from './representation.ts';

export class Form {
  readonly of: Representation;
  readonly body: Buffer;
  #found: Ready | undefined;
  #notModified: Ready | undefined;

  constructor(of: Representation, body: Buffer) {
    this.of = of;
    this.body = body;
  }

  /** 200 with its content. */
  get found(): Ready {
    this.#found ??= new Ready('200 OK', { ...this.of.whole, 'Content-Length': String(this.body.length) }, this.body);
    return this.#found;
  }

  /** 304. */
  get notModified(): Ready {
    this.#notModified ??= new Ready('304 Not Modified', this.of.short, Buffer.alloc(0));
    return this.#notModified;
  }
}

/** An answer on a connection that goes on, as octets; another Date makes others, so that none change on their way out. */
export class Ready {
  readonly status: number;
  readonly content: number;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
  readonly #head: string;
  #second = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(status: string, headers: Headers, body: Buffer) {
    const all = Object.entries({ ...CONTENT_HEADERS, ...headers });
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`);
    this.status = Number(status.slice(0, 3));
    const fields = all.map(([name, value]) => [name.toLowerCase(), value] as const);
    this.fields = { ':status': this.status, ...Object.fromEntries(fields) };
    this.content = body.length;
    this.#head = `HTTP/1.1 ${status}\r\n${lines.join('')}Date: `;
    this.body = body;
  }

  bytes(): Buffer {
    const now = currentSecond();
    if (now !== this.#second) {
      this.#second = now;
      const head = Buffer.from(`${this.#head}${currentDate(now)}\r\nConnection: keep-alive\r\n\r\n`, 'latin1');
      this.#bytes = this.body.length === 0 ? head : Buffer.concat([head, this.body]);
    }
    return this.#bytes;
  }
}
