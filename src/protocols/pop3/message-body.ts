/** A stored message on its way out: whole, or its header and the first lines of its body. Never held as a whole. */

const LF = 10;
/** Octets of header that are searched for UTF-8 and held back meanwhile (trust.md 2: header block 100 KiB). */
const HEADER_LIMIT = 100 * 1024;
const BLANK = [Buffer.from('\n\r\n'), Buffer.from('\n\n')];

/** How many octets the header has, with the blank line behind it; undefined while that has not come. */
export function headerLength(start: Uint8Array): number | undefined {
  const octets = Buffer.from(start.buffer, start.byteOffset, start.length);
  if (octets[0] === LF) return 1;
  if (octets[0] === 13 && octets[1] === LF) return 2;
  const ends = BLANK.map((blank) => {
    const at = octets.indexOf(blank);
    return at === -1 ? Number.POSITIVE_INFINITY : at + blank.length;
  });
  const end = Math.min(...ends);
  return Number.isFinite(end) ? end : undefined;
}

export interface Opened {
  /** The header has octets above ASCII: only for clients that asked for UTF-8 (RFC 6856 section 2.1). */
  readonly internationalized: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Reads as far as the header goes, so that a message that cannot be read is refused before it is begun. */
export async function openMessage(message: AsyncIterable<Uint8Array>): Promise<Opened> {
  const reading = message[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  let length: number | undefined;
  while (length === undefined && start.length < HEADER_LIMIT) {
    const { done, value } = await reading.next();
    if (done) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
    length = headerLength(start);
  }
  const header = start.subarray(0, Math.min(length ?? start.length, HEADER_LIMIT));
  return { internationalized: header.some((octet) => octet > 127), chunks: following(start, reading) };
}

async function* following(start: Uint8Array, reading: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start;
    for (let next = await reading.next(); !next.done; next = await reading.next()) yield next.value;
  } finally {
    await reading.return?.();
  }
}

/** RFC 1939 section 7, TOP: the header, the blank line, and `count` lines. */
export async function* top(message: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  const lines = new LineCounter(count);
  for await (const chunk of message) {
    const end = lines.end(chunk);
    yield chunk.subarray(0, end);
    if (end !== undefined) return;
  }
}

/** Finds where the header and so many lines are over, over any split. */
class LineCounter {
  #left: number;
  #header = true;
  /** Octets of the line so far, CR left out; that is all it takes to know a blank line. */
  #length = 0;

  constructor(count: number) {
    this.#left = count;
  }

  /** Where in this chunk it ends; undefined: not in this one. */
  end(chunk: Uint8Array): number | undefined {
    if (!this.#header && this.#left === 0) return 0;
    for (let at = 0; at < chunk.length; ) {
      const lf = chunk.indexOf(LF, at);
      const stop = lf === -1 ? chunk.length : lf;
      this.#length += stop - at - (stop > at && chunk[stop - 1] === 13 ? 1 : 0);
      if (lf === -1) return undefined;
      at = lf + 1;
      if (this.#header) this.#header = this.#length > 0;
      else this.#left -= 1;
      this.#length = 0;
      if (!this.#header && this.#left === 0) return at;
    }
    return undefined;
  }
}
