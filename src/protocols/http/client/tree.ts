/** A web server's files as a tree: HEAD, GET and its indexes; PUT and DELETE where it takes them. */
import { type ExchangeResponse, field } from '../../../contracts/exchange.ts';
import type { FileDraft, WriteOrder } from '../../../contracts/file-draft.ts';
import type { FileEntry, FileFacts, FileTree, OpenFile } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import type { Agent } from './agent.ts';
import { type IndexEntry, readIndex } from './index/read.ts';
import { inOrder } from './parallel.ts';
import { putDraft } from './tree-draft.ts';
import { factsOf, refusedBy } from './tree-facts.ts';
import { RemoteFile } from './tree-file.ts';

/** Octets of one index; a million entries and more. */
const INDEX = 256 * 1024 * 1024;
/** JSON is exact; `text/html` would be a page for people. */
const ACCEPT = 'application/json, */*;q=0.1';
const DIRECTORY: FileFacts = { kind: 'directory', size: 0, modified: 0, tag: '' };

export interface TreeOptions {
  /** Requests at once that a listing makes. */
  readonly parallel: number;
}

export class HttpTree implements FileTree {
  readonly #agent: Agent;
  readonly #parallel: number;
  /** This server lists a directory also where that has an index, if it is asked as ours are. */
  #lists = false;

  constructor(agent: Agent, { parallel }: TreeOptions) {
    this.#agent = agent;
    this.#parallel = parallel;
  }

  async stat(path: FilePath, signal?: AbortSignal): Promise<FileFacts> {
    const url = urlAt(path, false);
    const response = await this.#head(url, signal);
    await response.discard();
    if (path.length === 0 && response.status < 500 && response.status !== 401) return DIRECTORY;
    // A server that knows no HEAD knows GET.
    if (response.status === 405 || response.status === 501) return this.#glance(path, signal);
    if (response.status >= 300) throw refusedBy(response, path);
    return isDirectory(response, url) ? DIRECTORY : factsOf(response);
  }

  async *list(path: FilePath, signal?: AbortSignal): AsyncGenerator<FileEntry> {
    let entries = await this.#index(path, this.#lists, signal);
    if (entries === undefined && !this.#lists) {
      entries = await this.#index(path, true, signal);
      this.#lists = entries !== undefined;
    }
    if (entries === undefined) throw new CsError('CS_UNSUPPORTED', `${showPath(path)} is a page, not a list of files`);
    yield* inOrder(entries, this.#parallel, (entry) => this.#complete(path, entry, signal));
  }

  /** Undefined: it is a page. */
  async #index(path: FilePath, named: boolean, signal?: AbortSignal): Promise<readonly IndexEntry[] | undefined> {
    const headers = [['Accept', ACCEPT]] as const;
    const url = `${urlAt(path, true)}${named ? '?format=json' : ''}`;
    const response = await this.#agent.send({ method: 'GET', url, headers }, signal);
    if (response.status >= 300) {
      await response.discard();
      if (response.status === 404 && path.length > 0) await this.#noFile(path, signal);
      throw refusedBy(response, path);
    }
    return readIndex(await textOf(response), field(response.headers, 'content-type') ?? '', new URL(response.url));
  }

  async open(path: FilePath, signal?: AbortSignal): Promise<OpenFile> {
    const url = urlAt(path, false);
    if (path.length === 0) throw new CsError('CS_IS_DIRECTORY', '/ is a directory');
    const response = await this.#agent.send({ method: 'GET', url, raw: true }, signal);
    try {
      if (response.status >= 300) throw refusedBy(response, path);
      if (isDirectory(response, url)) throw new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`);
      return new RemoteFile(this.#agent, response, signal);
    } catch (error) {
      await response.discard();
      throw error;
    }
  }

  write(path: FilePath, order: WriteOrder, signal?: AbortSignal): Promise<FileDraft> {
    return putDraft({ agent: this.#agent, path, url: urlAt(path, false), order, signal });
  }

  async remove(path: FilePath, kind: FileFacts['kind'], signal?: AbortSignal): Promise<void> {
    const facts = await this.stat(path, signal);
    if (facts.kind !== kind) {
      const code = kind === 'file' ? 'CS_IS_DIRECTORY' : 'CS_NOT_DIRECTORY';
      throw new CsError(code, `${showPath(path)} is a ${facts.kind}`);
    }
    const url = urlAt(path, kind === 'directory');
    const response = await this.#agent.send({ method: 'DELETE', url }, signal);
    await response.discard();
    if (response.status === 409) throw new CsError('CS_NOT_EMPTY', `${showPath(path)} is not empty`);
    if (response.status >= 300) throw refusedBy(response, path);
  }

  #head(url: string, signal?: AbortSignal): Promise<ExchangeResponse> {
    return this.#agent.send({ method: 'HEAD', url, raw: true }, signal);
  }

  /** What a GET says before its content. */
  async #glance(path: FilePath, signal?: AbortSignal): Promise<FileFacts> {
    try {
      await using file = await this.open(path, signal);
      return file.facts;
    } catch (error) {
      if (error instanceof CsError && error.code === 'CS_IS_DIRECTORY') return DIRECTORY;
      throw error;
    }
  }

  /** Under the name without the slash there may be a file. */
  async #noFile(path: FilePath, signal?: AbortSignal): Promise<void> {
    const { kind } = await this.stat(path, signal);
    if (kind === 'file') throw new CsError('CS_NOT_DIRECTORY', `${showPath(path)} is a file`);
  }

  /** Sizes that an index rounds are asked for, file by file. Undefined: it went away meanwhile, or may not be seen. */
  async #complete(path: FilePath, entry: IndexEntry, signal?: AbortSignal): Promise<FileEntry | undefined> {
    const { name, kind, size, modified = 0, tag = '' } = entry;
    // A directory's own answer tells no time, so its list tells none either.
    if (kind === 'directory') return { name, ...DIRECTORY };
    if (size !== undefined) return { name, kind, size, modified, tag };
    try {
      return { name, ...(await this.stat([...path, name], signal)) };
    } catch (error) {
      if (error instanceof CsError && (error.code === 'CS_NOT_FOUND' || error.code === 'CS_DENIED')) return undefined;
      throw error;
    }
  }
}

/** Names are encoded one by one, so that none of them is more than a name. */
function urlAt(path: FilePath, directory: boolean): string {
  const text = path.map((name) => encodeURIComponent(name)).join('/');
  return `/${text}${directory && text !== '' ? '/' : ''}`;
}

/** It was answered under the name with a slash. */
function isDirectory({ url }: ExchangeResponse, asked: string): boolean {
  return !asked.endsWith('/') && new URL(url).pathname.endsWith('/');
}

async function textOf({ body }: ExchangeResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > INDEX) throw new CsError('CS_LIMIT', `the list of files is longer than ${INDEX} octets`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}
