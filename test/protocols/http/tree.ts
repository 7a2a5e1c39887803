/** A tree of files in a map, with faults on request. */
import { createHash } from 'node:crypto';
import type { FileDraft, WriteOrder } from '../../../src/contracts/file-draft.ts';
import type { FileEntry, FileFacts, FileTree, OpenFile } from '../../../src/contracts/files.ts';
import type { ByteRange } from '../../../src/contracts/mail.ts';
import { CsError, type ErrorCode } from '../../../src/kit/errors.ts';
import { type FilePath, fileName, filePath, showPath } from '../../../src/kit/file-path.ts';

interface Node {
  readonly content: Buffer | undefined;
  readonly modified: number;
}

export interface Faults {
  /** A draft fails so once it holds this many octets. */
  writeAfter?: { readonly octets: number; readonly code: ErrorCode };
  commit?: ErrorCode;
  open?: ErrorCode;
}

export class MapTree implements FileTree {
  readonly nodes = new Map<string, Node>();
  readonly stages = new Map<string, { content: Buffer; modified: number }>();
  readonly faults: Faults = {};
  /** Drafts and files that nobody has ended. */
  open_ = 0;
  /** Octets that were read of files. */
  read_ = 0;
  /** Octets that the draft holds which was written to last. */
  written_ = 0;
  clock = Date.UTC(2026, 0, 2, 12);

  constructor(files: Readonly<Record<string, string | Buffer | null>> = {}) {
    this.nodes.set('/', { content: undefined, modified: this.clock });
    for (const [path, content] of Object.entries(files)) this.put(path, content);
  }

  /** Null is a directory; those above are made. */
  put(path: string, content: string | Buffer | null): void {
    const names = path.split('/').filter((name) => name !== '');
    for (let depth = 1; depth < names.length; depth++) {
      const above = showPath(filePath(names.slice(0, depth)));
      if (!this.nodes.has(above)) this.nodes.set(above, { content: undefined, modified: this.clock });
    }
    this.nodes.set(showPath(filePath(names)), {
      content: content === null ? undefined : Buffer.from(content),
      modified: this.clock,
    });
  }

  text(path: string): string | undefined {
    return this.nodes.get(path)?.content?.toString();
  }

  factsNow(path: string): FileFacts | undefined {
    const node = this.nodes.get(path);
    return node && facts(node);
  }

  #node(path: FilePath): Node {
    const node = this.nodes.get(showPath(path));
    if (node === undefined) throw new CsError('CS_NOT_FOUND', 'no such file');
    return node;
  }

  async stat(path: FilePath): Promise<FileFacts> {
    return facts(this.#node(path));
  }

  async *list(path: FilePath): AsyncGenerator<FileEntry> {
    if (this.#node(path).content !== undefined) throw new CsError('CS_NOT_DIRECTORY', 'a file');
    const above = path.length === 0 ? '/' : `${showPath(path)}/`;
    for (const [key, node] of this.nodes) {
      const name = key.slice(above.length);
      if (key.startsWith(above) && name !== '' && !name.includes('/')) yield { name: fileName(name), ...facts(node) };
    }
  }

  async open(path: FilePath): Promise<OpenFile> {
    if (this.faults.open !== undefined) throw new CsError(this.faults.open, 'on purpose');
    const node = this.#node(path);
    const { content } = node;
    if (content === undefined) throw new CsError('CS_IS_DIRECTORY', 'a directory');
    this.open_ += 1;
    const tree = this;
    return {
      facts: facts(node),
      async *read({ start = 0, end = content.length }: Partial<ByteRange> = {}) {
        for (let at = start; at < end; at += 65_536) {
          const chunk = content.subarray(at, Math.min(end, at + 65_536));
          tree.read_ += chunk.length;
          yield chunk;
        }
      },
      async [Symbol.asyncDispose]() {
        tree.open_ -= 1;
      },
    };
  }

  async write(path: FilePath, order: WriteOrder): Promise<FileDraft> {
    const key = showPath(path);
    const before = this.nodes.get(key);
    const above = this.nodes.get(showPath(path.slice(0, -1)));
    if (above === undefined) throw new CsError('CS_NOT_FOUND', 'no such directory');
    if (above.content !== undefined) throw new CsError('CS_NOT_DIRECTORY', 'a file');
    if (before !== undefined && before.content === undefined) throw new CsError('CS_IS_DIRECTORY', 'a directory');
    if (before !== undefined && order.mode === 'new') throw new CsError('CS_EXISTS', 'there is one');
    this.#checkTag(key, order);
    const stage = order.stage === undefined ? undefined : `${key}\n${order.stage}`;
    const kept = stage === undefined ? undefined : this.stages.get(stage);
    if (order.offset !== undefined && order.offset !== (kept?.content.length ?? 0)) {
      throw new CsError('CS_CHANGED', 'another offset');
    }
    if (stage !== undefined) this.stages.delete(stage);
    const parts: Uint8Array[] = kept ? [kept.content] : [];
    let length = kept?.content.length ?? 0;
    this.open_ += 1;
    const tree = this;
    return {
      get length() {
        return length;
      },
      async write(chunk) {
        const { writeAfter } = tree.faults;
        if (writeAfter && length + chunk.length > writeAfter.octets) throw new CsError(writeAfter.code, 'on purpose');
        parts.push(Buffer.from(chunk));
        length += chunk.length;
        tree.written_ = length;
      },
      async commit() {
        if (tree.faults.commit !== undefined) throw new CsError(tree.faults.commit, 'on purpose');
        if (order.mode === 'new' && tree.nodes.has(key)) throw new CsError('CS_EXISTS', 'there is one');
        tree.#checkTag(key, order);
        tree.clock += 1000;
        tree.nodes.set(key, { content: Buffer.concat(parts), modified: tree.clock });
        tree.open_ -= 1;
        return facts(tree.nodes.get(key)!);
      },
      async abort(how) {
        tree.open_ -= 1;
        if (how?.keep && stage !== undefined) {
          tree.stages.set(stage, { content: Buffer.concat(parts), modified: Date.now() });
        }
      },
    };
  }

  async staged(path: FilePath, stage: string) {
    const kept = this.stages.get(`${showPath(path)}\n${stage}`);
    return kept && { length: kept.content.length, modified: kept.modified };
  }

  async makeDir(path: FilePath): Promise<void> {
    if (this.nodes.has(showPath(path))) throw new CsError('CS_EXISTS', 'there is one');
    if (!this.nodes.has(showPath(path.slice(0, -1)))) throw new CsError('CS_NOT_FOUND', 'no such directory');
    this.put(showPath(path), null);
  }

  async remove(path: FilePath, kind: FileFacts['kind']): Promise<void> {
    const { content } = this.#node(path);
    if (kind === 'file' && content === undefined) throw new CsError('CS_IS_DIRECTORY', 'a directory');
    if (kind === 'directory' && content !== undefined) throw new CsError('CS_NOT_DIRECTORY', 'a file');
    const inside = `${showPath(path)}/`;
    if ([...this.nodes.keys()].some((key) => key.startsWith(inside))) throw new CsError('CS_NOT_EMPTY', 'not empty');
    this.nodes.delete(showPath(path));
  }

  #checkTag(key: string, { ifTag }: WriteOrder): void {
    const node = this.nodes.get(key);
    if (ifTag !== undefined && (node === undefined || facts(node).tag !== ifTag)) {
      throw new CsError('CS_CHANGED', 'another content');
    }
  }
}

function facts({ content, modified }: Node): FileFacts {
  if (content === undefined) return { kind: 'directory', size: 0, modified, tag: '' };
  const tag = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { kind: 'file', size: content.length, modified, tag };
}

/** The same tree as one that may only be read. */
export function readOnly(tree: FileTree): FileTree {
  return {
    stat: tree.stat.bind(tree),
    list: tree.list.bind(tree),
    open: tree.open.bind(tree),
  };
}
