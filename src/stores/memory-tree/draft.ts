import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import type { Attributes } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { sliced } from '../shared/octets.ts';
import type { MemoryTree } from './memory-tree.ts';
import { type Content, factsOf, fileNode } from './node.ts';
import { stageKey } from './stages.ts';

/** Content up to this size is made one piece: small slices would keep whole receive buffers alive. */
const ONE_PIECE = 1024 * 1024;

/** A file on its way into memory; its octets count from the moment they are written. */
export function openDraft(tree: MemoryTree, path: FilePath, order: WriteOrder): FileDraft {
  const { mode, stage } = order;
  const old = current(tree, path, order);
  const begun = begin(tree, path, order, old?.content);
  const chunks = [...begun.chunks];
  let { size } = begun;
  let open = true;
  const { directory } = tree.place(path);
  const key = stage === undefined ? undefined : stageKey(path, stage);
  if (key !== undefined) tree.cut.busy.enter(key);

  const close = (): void => {
    open = false;
    if (key !== undefined) tree.cut.busy.leave(key);
  };
  const settle = (attributes: Attributes) => {
    const now = current(tree, path, order);
    if (mode === 'update' && now !== old) throw new CsError('CS_CHANGED', `${showPath(path)} is another one by now`);
    const whole = size <= ONE_PIECE ? [Buffer.concat(chunks)] : chunks;
    const { modified = Date.now(), mode: bits = now?.mode } = attributes;
    const node = fileNode({ chunks: whole, size }, modified, bits === undefined ? undefined : bits & 0o777);
    tree.publish(path, node);
    return factsOf(node);
  };

  return {
    get length() {
      return size;
    },
    write(chunk) {
      if (!open) throw new CsError('CS_BUG', 'the draft has ended');
      try {
        tree.room.take(chunk.length);
      } catch (error) {
        return Promise.reject(error);
      }
      size += chunk.length;
      chunks.push(chunk);
      return undefined;
    },
    async commit(attributes = {}) {
      if (!open) throw new CsError('CS_BUG', 'the draft has ended');
      close();
      try {
        return settle(attributes);
      } catch (error) {
        tree.room.give(size);
        throw error;
      }
    },
    async abort(how) {
      if (!open) return;
      close();
      const stands = tree.find(path.slice(0, -1)) === directory;
      if (how?.keep && stage !== undefined && stands) {
        const forgotten = tree.cut.keep({ path, stage, chunks, size, modified: Date.now() });
        for (const gone of forgotten) tree.room.give(gone.size);
      } else tree.room.give(size);
    },
  };
}

/** What has the name now, as far as the order allows it. */
function current(tree: MemoryTree, path: FilePath, { mode, ifTag }: WriteOrder) {
  if (path.length === 0) throw new CsError('CS_IS_DIRECTORY', 'the root is a directory');
  const { node } = tree.place(path);
  if (node?.kind === 'directory') throw new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`);
  if (node && mode === 'new') throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
  if (ifTag !== undefined && node?.tag !== ifTag) throw new CsError('CS_CHANGED', `${showPath(path)} is another one`);
  return node;
}

/** The head that the upload goes on from; its octets count for the draft. */
function begin(tree: MemoryTree, path: FilePath, order: WriteOrder, old: Content | undefined): Content {
  const { mode, stage, size = 0 } = order;
  const kept = stage === undefined ? undefined : tree.cut.find(path, stage);
  const at = order.offset ?? (mode === 'update' ? (old?.size ?? 0) : 0);
  if (stage !== undefined && order.offset && tree.cut.busy.has(stageKey(path, stage))) {
    throw new CsError('CS_BUSY', `an upload to ${showPath(path)} is under way`);
  }
  if (stage !== undefined && kept && order.offset === kept.size) {
    tree.room.check(size - at);
    tree.cut.take(path, stage);
    return kept;
  }
  const from = mode === 'update' ? (old?.size ?? 0) : 0;
  if (at > from) throw new CsError('CS_CHANGED', `there are ${kept?.size ?? from} octets to go on from, not ${at}`);
  tree.room.check(Math.max(size, at));
  tree.room.take(at);
  if (stage !== undefined && kept) tree.room.give(tree.cut.take(path, stage)?.size ?? 0);
  return { chunks: [...sliced(old?.chunks ?? [], { start: 0, end: at })], size: at };
}
