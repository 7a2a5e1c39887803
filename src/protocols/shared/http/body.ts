import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Connection } from '../../../contracts/connection.ts';
import { HttpRefusal } from './refusal.ts';

export interface BodyLimits {
  /** Octets of the body; chunk framing and extensions count too. */
  readonly bytes: number;
  /** Octets per second that the peer must keep up while we wait for it. */
  readonly minimumRate: number;
  /** Milliseconds it may fall behind. */
  readonly grace: number;
}

/** The clock of one request: its connection's, or its own where a connection has many at once. */
export type Pace = Pick<Connection, 'signal' | 'deadline'> & Partial<Pick<Connection, 'bytesIn'>>;

/** What the socket may have read ahead of the parser. */
const READ_AHEAD = 256 * 1024;

/** The request's content as it comes. Throws `HttpRefusal` (413, 415), `CS_TIMEOUT`, or what broke the connection. */
export async function* readBody(
  headers: IncomingHttpHeaders,
  content: Readable,
  conn: Pace,
  limits: BodyLimits,
  begin: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new HttpRefusal(415, 'no content coding is taken', { headers: { 'Accept-Encoding': 'identity' } });
  }
  if (Number(headers['content-length'] ?? 0) > limits.bytes) throw tooLarge(limits.bytes);
  begin();
  const before = conn.bytesIn ?? 0;
  const patience = new Patience(limits);
  const chunks = content.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  let received = 0;
  for (;;) {
    const { done, value } = await within(chunks.next(), conn, patience);
    if (done) return;
    const chunk = value as Uint8Array;
    received += chunk.length;
    patience.got(chunk.length);
    const raw = (conn.bytesIn ?? 0) - before - READ_AHEAD;
    if (received > limits.bytes || raw > limits.bytes * 1.05) throw tooLarge(limits.bytes);
    yield chunk;
  }
}

function tooLarge(bytes: number): HttpRefusal {
  return new HttpRefusal(413, `the body is longer than ${bytes} octets`);
}

/** Waits for the peer no longer than its patience lasts; time that we take ourselves does not count. */
async function within<T>(next: Promise<T>, conn: Pace, patience: Patience): Promise<T> {
  const { signal } = conn;
  let stop = (): void => {};
  const ended = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  conn.deadline(patience.start());
  try {
    return await Promise.race([next, ended]);
  } finally {
    next.catch(() => {});
    ended.catch(() => {});
    signal.removeEventListener('abort', stop);
    conn.deadline(0);
    patience.stop();
  }
}

/** The minimum rate as time that is left. Capped, or one fast start would buy hours of dripping. */
class Patience {
  readonly #limits: BodyLimits;
  #left: number;
  #since = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#left = limits.grace;
  }

  start(): number {
    this.#since = performance.now();
    return Math.max(1, this.#left);
  }

  stop(): void {
    this.#left -= performance.now() - this.#since;
  }

  got(octets: number): void {
    const { grace, minimumRate } = this.#limits;
    this.#left = Math.min(grace, this.#left + (minimumRate > 0 ? (octets * 1000) / minimumRate : grace));
  }
}

/** A whole body of at most `limits.bytes`. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
