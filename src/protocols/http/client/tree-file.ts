/** One file as it was when it was opened: later ranges are of the same content, or `CS_CHANGED` (RFC 9110 section 13). */
import { type ExchangeResponse, type FieldLines, field } from '../../../contracts/exchange.ts';
import type { FileFacts, OpenFile } from '../../../contracts/files.ts';
import type { ByteRange } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { httpDate } from '../../shared/http/date.ts';
import type { Agent } from './agent.ts';
import { factsOf, modifiedOf, tagOf } from './tree-facts.ts';

export class RemoteFile implements OpenFile {
  readonly facts: FileFacts;
  readonly #agent: Agent;
  readonly #signal: AbortSignal | undefined;
  readonly #url: string;
  readonly #modified: number | undefined;
  /** The answer to the opening GET, until somebody reads from the start. */
  #whole: ExchangeResponse | undefined;

  /** @param whole an answer of status 200 */
  constructor(agent: Agent, whole: ExchangeResponse, signal: AbortSignal | undefined) {
    if (field(whole.headers, 'content-length') === undefined) {
      throw new CsError('CS_UNSUPPORTED', `the server does not tell how long ${whole.url} is`);
    }
    this.facts = factsOf(whole);
    this.#agent = agent;
    this.#signal = signal;
    this.#url = whole.url;
    this.#modified = modifiedOf(whole);
    this.#whole = whole;
  }

  async *read({ start = 0, end = this.facts.size }: Partial<ByteRange> = {}): AsyncGenerator<Uint8Array> {
    const { size } = this.facts;
    const last = Math.min(end, size);
    if (start >= last) return;
    const whole = this.#whole;
    if (start === 0 && whole !== undefined) {
      this.#whole = undefined;
      yield* exactly(whole.body, 0, last);
      return;
    }
    const headers: FieldLines = [['Range', `bytes=${start}-${last - 1}`], ...this.#condition()];
    const part = await this.#agent.send({ method: 'GET', url: this.#url, headers, raw: true }, this.#signal);
    try {
      this.#same(part);
      // A server without ranges sends everything: what lies before is passed over.
      const skip = part.status === 206 ? startOf(part, start, size) : start;
      yield* exactly(part.body, skip, last - start);
    } catch (error) {
      await part.discard();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#whole?.discard();
    this.#whole = undefined;
  }

  /** Only while it is still what it was. */
  #condition(): FieldLines {
    if (this.facts.tag !== '') return [['If-Match', `"${this.facts.tag}"`]];
    return this.#modified === undefined ? [] : [['If-Unmodified-Since', httpDate(this.#modified)]];
  }

  #same(part: ExchangeResponse): void {
    const { status } = part;
    if (status === 412 || status === 416 || status === 404 || status === 410) throw changed(this.#url);
    if (status !== 200 && status !== 206) {
      throw new CsError('CS_BUSY', `${this.#url} cannot be read any more`, { reply: `${status} ${part.reason}` });
    }
    const { size } = factsOf(part);
    const moved = modifiedOf(part) !== this.#modified;
    if (size !== this.facts.size || tagOf(part) !== this.facts.tag || (this.facts.tag === '' && moved)) {
      throw changed(this.#url);
    }
  }
}

/** Octets to pass over: none, where the part begins as it was asked for. */
function startOf({ headers }: ExchangeResponse, start: number, size: number): number {
  const [, first, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(field(headers, 'content-range') ?? '') ?? [];
  if (Number(first) === start && Number(total) === size) return 0;
  throw new CsError('CS_PEER_PROTOCOL', 'HTTP: another part than was asked for');
}

/** `length` octets behind `skip`; fewer is an error, more is not read. */
async function* exactly(chunks: AsyncIterable<Uint8Array>, skip: number, length: number): AsyncGenerator<Uint8Array> {
  let before = skip;
  let left = length;
  for await (const chunk of chunks) {
    const rest = chunk.subarray(Math.min(before, chunk.length));
    before -= chunk.length - rest.length;
    const taken = rest.subarray(0, left);
    left -= taken.length;
    if (taken.length > 0) yield taken;
    if (left === 0 && taken.length < rest.length) return;
  }
  if (left > 0) throw new CsError('CS_CHANGED', 'the file became shorter');
}

function changed(url: string): CsError {
  return new CsError('CS_CHANGED', `${url} is not what it was when it was opened`);
}
