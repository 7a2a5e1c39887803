/** A directory copied into memory, once, when it is opened. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { asCsError, CsError } from '../../kit/errors.ts';
import { type FilePath, isFileName, isHidden, ROOT } from '../../kit/file-path.ts';
import type { MemoryTree } from './memory-tree.ts';
import { fileNode } from './node.ts';

/** Links are followed inside the directory; what leads out of it, and what is neither file nor directory, stays away. */
export async function fill(tree: MemoryTree, root: string, dotfiles: boolean): Promise<void> {
  const real = await realpath(root).catch((error: unknown) => {
    throw new CsError('CS_NOT_FOUND', `no directory ${root}`, { cause: error });
  });
  await level(ROOT, real, new Set([real]));

  async function level(path: FilePath, directory: string, above: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(directory)) {
      if (!isFileName(name)) continue;
      const inner = [...path, name];
      if (!dotfiles && isHidden(inner)) continue;
      const at = await realpath(join(directory, name)).catch(() => undefined);
      if (at === undefined || above.has(at) || !(at === real || at.startsWith(real + sep))) continue;
      await one(inner, at, above);
    }
  }

  async function one(path: FilePath, at: string, above: ReadonlySet<string>): Promise<void> {
    const found = await stat(at);
    if (found.isDirectory()) {
      await tree.makeDir(path);
      await level(path, at, new Set([...above, at]));
      await tree.setAttributes(path, { modified: found.mtimeMs, mode: found.mode });
    } else if (found.isFile()) {
      tree.room.check(found.size);
      const content = await readFile(at).catch((error: unknown) => {
        throw asCsError(error);
      });
      tree.room.take(content.length);
      tree.publish(path, fileNode({ chunks: [content], size: content.length }, found.mtimeMs, found.mode & 0o777));
    }
  }
}
