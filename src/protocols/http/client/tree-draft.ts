/** A file on its way in by PUT: the request goes on until `commit`; without it the server has no whole content. */
import type { ExchangeResponse, FieldLines } from '../../../contracts/exchange.ts';
import type { FileDraft, WriteOrder } from '../../../contracts/file-draft.ts';
import type { FileFacts } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import type { Agent } from './agent.ts';
import { Pipe } from './pipe.ts';
import { factsOf, refusedBy } from './tree-facts.ts';

export interface Putting {
  readonly agent: Agent;
  readonly path: FilePath;
  readonly url: string;
  readonly order: WriteOrder;
  readonly signal: AbortSignal | undefined;
}

/** Throws `CS_UNSUPPORTED` for what HTTP has no word for: going on with a file, or with an upload. */
export async function putDraft({ agent, path, url, order, signal }: Putting): Promise<FileDraft> {
  if (path.length === 0) throw new CsError('CS_IS_DIRECTORY', '/ is a directory');
  if (order.mode === 'update' || (order.offset ?? 0) > 0) {
    throw new CsError('CS_UNSUPPORTED', 'HTTP puts whole files only');
  }
  return new PutDraft({ agent, path, url, order, signal });
}

class PutDraft implements FileDraft {
  readonly #putting: Putting;
  readonly #pipe = new Pipe();
  readonly #stop = new AbortController();
  readonly #answer: Promise<ExchangeResponse>;
  #length = 0;
  #ended = false;

  constructor(putting: Putting) {
    this.#putting = putting;
    const { agent, url, signal } = putting;
    const signals = [this.#stop.signal, ...(signal ? [signal] : [])];
    const body = { length: undefined, open: () => this.#pipe.take() };
    const request = { method: 'PUT', url, headers: conditions(putting.order), body };
    this.#answer = agent.send(request, AbortSignal.any(signals));
    // An answer before the end is a refusal: nothing more has to be taken.
    this.#answer.catch(() => {}).finally(() => this.#pipe.drop());
  }

  get length(): number {
    return this.#length;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#length += chunk.length;
    return this.#pipe.give(chunk);
  }

  async commit(): Promise<FileFacts> {
    this.#ended = true;
    this.#pipe.end();
    const response = await this.#answer;
    await response.discard();
    const { path, agent, url } = this.#putting;
    if (response.status === 412 && this.#putting.order.mode === 'new') {
      throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
    }
    if (response.status === 409 && path.length > 1) throw conflict(response, path);
    if (response.status >= 300) throw refusedBy(response, path);
    // What the file became is the server's to say.
    const head = await agent.send({ method: 'HEAD', url, raw: true }, this.#putting.signal);
    await head.discard();
    return { ...factsOf(head), size: this.#length };
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#stop.abort(new CsError('CS_FAILED', 'the upload was called off'));
    this.#pipe.drop();
    await this.#answer.then((response) => response.discard()).catch(() => {});
  }
}

/** Most often what is above it is missing: not every server makes that on the way. */
function conflict({ reason }: ExchangeResponse, path: FilePath): CsError {
  return new CsError('CS_DENIED', `${showPath(path)} is refused`, {
    reply: `409 ${reason}`.trimEnd(),
    hint: 'a file may be in the way, or the directory be missing: not every server makes it (nginx: create_full_put_path on)',
  });
}

/** RFC 9110 section 13.1. */
function conditions({ mode, ifTag }: WriteOrder): FieldLines {
  if (mode === 'new') return [['If-None-Match', '*']];
  return ifTag === undefined || ifTag === '' ? [] : [['If-Match', `"${ifTag}"`]];
}
