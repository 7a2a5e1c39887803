/** A tree of files in memory. Everything happens at once, so nothing needs a lock. */
import type { Attributes, FileEntry, FileFacts, FileTree, HashName } from '../../contracts/files.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { digest } from '../shared/digest.ts';
import { sliced } from '../shared/octets.ts';
import { openDraft } from './draft.ts';
import { type DirectoryNode, directoryNode, type FileNode, factsOf, fileNode, type Node } from './node.ts';
import { openNode } from './open-file.ts';
import type { Room } from './room.ts';
import { Stages } from './stages.ts';

export class MemoryTree implements FileTree {
  readonly room: Room;
  readonly cut = new Stages();
  readonly #root: DirectoryNode = directoryNode(Date.now());

  constructor(room: Room) {
    this.room = room;
  }

  async stat(path: FilePath): Promise<FileFacts> {
    return factsOf(this.at(path));
  }

  async *list(path: FilePath): AsyncGenerator<FileEntry> {
    const node = this.at(path);
    if (node.kind === 'file') throw new CsError('CS_NOT_DIRECTORY', `${showPath(path)} is a file`);
    for (const [name, child] of [...node.children]) yield { name, ...factsOf(child) };
  }

  async open(path: FilePath) {
    return openNode(this.file(path));
  }

  async write(path: FilePath, order: Parameters<NonNullable<FileTree['write']>>[1]) {
    return openDraft(this, path, order);
  }

  async staged(path: FilePath, stage: string) {
    const kept = this.cut.find(path, stage);
    return kept && { length: kept.size, modified: kept.modified };
  }

  async stagedIn(directory: FilePath) {
    return this.cut.under(directory);
  }

  async makeDir(path: FilePath): Promise<void> {
    const { directory, name, node } = this.place(path);
    if (node) throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
    directory.children.set(name, directoryNode(Date.now()));
    directory.modified = Date.now();
  }

  async remove(path: FilePath, kind: FileFacts['kind']): Promise<void> {
    const { directory, name, node } = this.place(path);
    if (!node) throw missing(path);
    if (node.kind !== kind) throw wrongKind(path, node.kind);
    if (node.kind === 'directory' && node.children.size > 0) {
      throw new CsError('CS_NOT_EMPTY', `${showPath(path)} is not empty`);
    }
    directory.children.delete(name);
    directory.modified = Date.now();
    if (node.kind === 'file') this.room.give(node.content.size);
    else for (const { size } of this.cut.remove(path)) this.room.give(size);
  }

  async rename(from: FilePath, to: FilePath, { replace }: { readonly replace: boolean }): Promise<void> {
    const source = this.place(from);
    if (!source.node) throw missing(from);
    const target = this.place(to);
    if (target.node === source.node) return;
    if (target.node && (!replace || source.node.kind === 'directory')) {
      throw new CsError('CS_EXISTS', `${showPath(to)} is there already`);
    }
    if (target.node?.kind === 'directory') throw wrongKind(to, 'directory');
    if (source.node.kind === 'directory' && from.every((name, depth) => to[depth] === name)) {
      throw new CsError('CS_DENIED', 'a directory cannot go into itself');
    }
    source.directory.children.delete(source.name);
    target.directory.children.set(target.name, source.node);
    source.directory.modified = target.directory.modified = Date.now();
    if (target.node) this.room.give(target.node.content.size);
    if (source.node.kind === 'directory') this.cut.rename(from, to);
  }

  async copy(from: FilePath, to: FilePath, { replace }: { readonly replace: boolean }): Promise<void> {
    const { content, mode } = this.file(from);
    if (to.length === 0) throw wrongKind(to, 'directory');
    const target = this.place(to);
    if (target.node?.kind === 'directory') throw wrongKind(to, 'directory');
    if (target.node && !replace) throw new CsError('CS_EXISTS', `${showPath(to)} is there already`);
    this.room.take(content.size);
    this.publish(to, fileNode(content, Date.now(), mode));
  }

  async setAttributes(path: FilePath, { modified, mode }: Attributes): Promise<void> {
    const node = this.at(path);
    if (modified !== undefined) node.modified = modified;
    if (mode !== undefined) node.mode = mode & 0o777;
  }

  async hash(path: FilePath, name: HashName, range?: ByteRange): Promise<string> {
    return digest(name, sliced(this.file(path).content.chunks, range));
  }

  async space() {
    return { free: this.room.free, total: this.room.total };
  }

  peek(path: FilePath): FileFacts | undefined {
    const node = this.find(path);
    return node?.kind === 'file' ? factsOf(node) : undefined;
  }

  /** Puts a file under its name, in place of the one there; its octets have been taken from the space. */
  publish(path: FilePath, node: FileNode): void {
    const { directory, name, node: old } = this.place(path);
    if (old?.kind === 'directory') throw wrongKind(path, 'directory');
    directory.children.set(name, node);
    directory.modified = Date.now();
    if (old) this.room.give(old.content.size);
  }

  find(path: FilePath): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path) {
      if (node?.kind !== 'directory') return undefined;
      node = node.children.get(name);
    }
    return node;
  }

  at(path: FilePath): Node {
    const node = this.find(path);
    if (!node) throw missing(path);
    return node;
  }

  file(path: FilePath): FileNode {
    const node = this.at(path);
    if (node.kind === 'directory') throw wrongKind(path, 'directory');
    return node;
  }

  /** The directory a name is in, and what has that name now. Throws `CS_NOT_FOUND` without the directory. */
  place(path: FilePath) {
    const name = path.at(-1);
    if (name === undefined) throw new CsError('CS_DENIED', 'the root stays as it is');
    const directory = this.at(path.slice(0, -1));
    if (directory.kind === 'file') {
      throw new CsError('CS_NOT_DIRECTORY', `${showPath(path.slice(0, -1))} is a file`);
    }
    return { directory, name, node: directory.children.get(name) };
  }
}

function missing(path: FilePath): CsError {
  return new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
}

function wrongKind(path: FilePath, is: FileFacts['kind']): CsError {
  return is === 'directory'
    ? new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`)
    : new CsError('CS_NOT_DIRECTORY', `${showPath(path)} is a file`);
}
