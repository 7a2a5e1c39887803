/** multipart/form-data (RFC 7578, RFC 2046 section 5.1) as it comes: one part after the other, no more held than a delimiter. */
import { HttpRefusal } from '../../shared/http/refusal.ts';
import { type PartHead, partHead } from './form-head.ts';

export interface FormField {
  readonly kind: 'field';
  readonly name: string;
  readonly value: string;
}
export interface FormFile {
  readonly kind: 'file';
  readonly name: string;
  /** As the client wrote it; '' where no file was chosen. */
  readonly filename: string;
  /** To be read to its end before the next part is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface FormLimits {
  readonly parts: number;
  /** Octets of one part's header. */
  readonly headerOctets: number;
  /** Octets of one field. */
  readonly fieldOctets: number;
}

export const FORM_LIMITS: FormLimits = { parts: 100, headerOctets: 8 * 1024, fieldOctets: 64 * 1024 };

/** Throws `HttpRefusal`: 400 for what is no such form or ends early, 413 beyond a limit; and what `body` throws. */
export async function* readForm(
  type: string,
  body: AsyncIterable<Uint8Array>,
  limits: FormLimits = FORM_LIMITS,
): AsyncGenerator<FormField | FormFile> {
  const [, , boundary] = /^multipart\/form-data\s*;[^\n]*?\bboundary=("?)([^"\s;]{1,70})\1\s*(?:;|$)/i.exec(type) ?? [];
  if (boundary === undefined) throw new HttpRefusal(400, 'a form without a boundary');
  const reader = new PartReader(body, boundary);
  try {
    await skip(reader.content());
    for (let count = 1; await reader.another(); count++) {
      if (count > limits.parts) throw new HttpRefusal(413, `a form of more than ${limits.parts} parts`);
      const { name, filename } = await reader.head(limits.headerOctets);
      const content = reader.content();
      if (filename === undefined) yield { kind: 'field', name, value: await text(content, limits.fieldOctets) };
      else yield { kind: 'file', name, filename, content };
    }
  } finally {
    await reader.close();
  }
}

async function skip(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of content);
}

async function text(content: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of content) {
    octets += chunk.length;
    if (octets > most) throw new HttpRefusal(413, `a field is longer than ${most} octets`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString();
}

const CRLF = '\r\n';

class PartReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  /** The first delimiter has no line end before it. */
  #held: Buffer = Buffer.from(CRLF);

  constructor(body: AsyncIterable<Uint8Array>, boundary: string) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`${CRLF}--${boundary}`);
  }

  /** Up to the next delimiter, which is taken too. */
  async *content(): AsyncGenerator<Uint8Array> {
    const { length } = this.#delimiter;
    for (;;) {
      const at = this.#held.indexOf(this.#delimiter);
      const sure = at === -1 ? this.#held.length - length + 1 : at;
      const chunk = sure > 0 ? this.#held.subarray(0, sure) : undefined;
      this.#held = this.#held.subarray(at === -1 ? Math.max(0, sure) : at + length);
      if (chunk) yield chunk;
      if (at !== -1) return;
      await this.#more();
    }
  }

  /** Behind a delimiter: whether a part follows it. */
  async another(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    if (this.#held.toString('latin1', 0, 2) === '--') return false;
    const padding = await this.#line(100);
    if (/[^ \t]/.test(padding)) throw malformed();
    return true;
  }

  async head(most: number): Promise<PartHead> {
    const lines: string[] = [];
    for (let left = most; ; ) {
      const line = await this.#line(left);
      if (line === '') return partHead(lines);
      lines.push(line);
      left -= line.length + 2;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Octets as characters, without its end. */
  async #line(most: number): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf(CRLF);
      if (at > most || (at === -1 && this.#held.length > most + 1)) {
        throw new HttpRefusal(413, 'the header of a part is too long');
      }
      if (at !== -1) {
        const line = this.#held.toString('latin1', 0, at);
        this.#held = this.#held.subarray(at + 2);
        return line;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done) throw malformed();
    this.#held =
      this.#held.length === 0
        ? Buffer.from(value.buffer, value.byteOffset, value.length)
        : Buffer.concat([this.#held, value]);
  }
}

function malformed(): HttpRefusal {
  return new HttpRefusal(400, 'the form is malformed, or ends early');
}
