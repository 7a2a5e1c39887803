import type { FileDraft, WriteOrder } from '../../../contracts/file-draft.ts';
import type { FileFacts, FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import { Turns } from '../../shared/turns.ts';
import { Counted } from './counted-draft.ts';
import type { FileWrap } from './house.ts';
import { over } from './over.ts';
import { type QuotaLimits, Usage } from './usage.ts';

/** Owners whose usage is remembered; one that was forgotten is counted again. */
const MOST = 10_000;

/** Limits for everybody who has the same `owner`: by default, for each user. */
export function quotas(limits: QuotaLimits, owner: (user: string) => string = (user) => user): FileWrap {
  const accounts = new Map<string, Account>();
  return (tree, { user }) => {
    const key = owner(user);
    const account = accounts.get(key) ?? { usage: new Usage(limits), turns: new Turns() };
    accounts.delete(key);
    accounts.set(key, account);
    const [oldest] = accounts.keys();
    if (accounts.size > MOST && oldest !== undefined) accounts.delete(oldest);
    return quota(tree, account);
  };
}

export interface Account {
  readonly usage: Usage;
  readonly turns: Turns;
}

/**
 * Nobody stores more than `usage` allows, however many uploads run at once: octets are taken before they are written, and
 * what a file replaces is given back when it has been replaced.
 */
export function quota(tree: FileTree, { usage, turns }: Account): FileTree {
  const { write, makeDir, remove, rename, copy } = tree;
  /** One change of a name at a time, with what the name had before it. */
  const change = async <T>(path: FilePath, work: (old: FileFacts | undefined) => Promise<T>): Promise<T> => {
    await usage.ready(tree);
    return turns.take(showPath(path), async () => work(await there(tree, path)));
  };
  const begin = async (path: FilePath, order: WriteOrder, signal?: AbortSignal): Promise<FileDraft> => {
    if (!write) throw new CsError('CS_BUG', 'the tree cannot write');
    await usage.ready(tree);
    const kept = order.stage === undefined ? undefined : await tree.staged?.(path, order.stage);
    const credited = order.mode === 'new' ? 0 : ((await there(tree, path))?.size ?? 0);
    if (order.size !== undefined) announce(usage, order.size - credited - (kept?.length ?? 0));
    const draft = await write.call(tree, path, order, signal);
    // What was kept is either gone on with, and counts as the draft's, or it is forgotten.
    usage.give(kept?.length ?? 0, 0);
    const { stage } = order;
    const counted = new Counted(draft, usage, {
      change: (work) => change(path, work),
      kept: async () => (stage === undefined ? 0 : ((await stagedAt(tree, path, stage))?.length ?? 0)),
      credit: credited,
    });
    return counted.begin();
  };
  return over(tree, {
    write: write && begin,
    makeDir:
      makeDir &&
      ((path, signal) =>
        change(path, async (old) => {
          if (!old) usage.take(0, 1);
          try {
            await makeDir.call(tree, path, signal);
          } catch (error) {
            if (!old) usage.give(0, 1);
            throw error;
          }
        })),
    remove:
      remove &&
      ((path, kind, signal) =>
        change(path, async (old) => {
          const cut = kind === 'directory' ? await keptIn(tree, path) : 0;
          await remove.call(tree, path, kind, signal);
          if (old) usage.give(old.size + cut, 1);
        })),
    rename:
      rename &&
      ((from, to, how, signal) =>
        change(to, async (old) => {
          await rename.call(tree, from, to, how, signal);
          if (old && showPath(from) !== showPath(to)) usage.give(old.size, 1);
        })),
    copy:
      copy &&
      ((from, to, how, signal) =>
        change(to, async (old) => {
          const { size } = await tree.stat(from, signal);
          const [bytes, files] = [size - (old?.size ?? 0), old ? 0 : 1];
          usage.take(bytes, files);
          try {
            await copy.call(tree, from, to, how, signal);
          } catch (error) {
            usage.give(bytes, files);
            throw error;
          }
        })),
    space: async () => {
      await usage.ready(tree);
      const left = Math.max(0, usage.limits.bytes - usage.bytes);
      const below = await tree.space?.();
      return {
        free: Math.min(left, below?.free ?? left),
        total: Math.min(usage.limits.bytes, below?.total ?? Infinity),
      };
    },
  });
}

function announce(usage: Usage, octets: number): void {
  if (usage.bytes + octets > usage.limits.bytes) {
    throw new CsError('CS_QUOTA', 'the file is larger than what may still be stored');
  }
}

function there(tree: FileTree, path: FilePath): Promise<FileFacts | undefined> {
  return ifThere(() => tree.stat(path));
}

function stagedAt(tree: FileTree, path: FilePath, stage: string) {
  return ifThere(async () => tree.staged?.(path, stage));
}

/** Octets that cut uploads left in a directory. */
async function keptIn(tree: FileTree, directory: FilePath): Promise<number> {
  const kept = await ifThere(async () => tree.stagedIn?.(directory));
  return (kept ?? []).reduce((sum, { length }) => sum + length, 0);
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof CsError && (error.code === 'CS_NOT_FOUND' || error.code === 'CS_NOT_DIRECTORY'))
      return undefined;
    throw error;
  }
}
