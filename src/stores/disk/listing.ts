/** A directory's entries: read in batches, looked at one by one. */
import { lstatSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { FileEntry } from '../../contracts/files.ts';
import { type FileName, type FilePath, isFileName } from '../../kit/file-path.ts';
import { locate, type Spot } from './descent.ts';
import { fileError } from './errors.ts';
import { factsOf } from './facts.ts';
import type { Ground } from './ground.ts';
import { isOwnName } from './own-names.ts';

const BATCH = 128;

interface Order {
  readonly ground: Ground;
  readonly spot: Spot;
  readonly path: FilePath;
  readonly manner: { readonly follow: boolean };
  readonly signal: AbortSignal | undefined;
}

export async function* entries({ ground, spot, path, manner, signal }: Order): AsyncGenerator<FileEntry> {
  try {
    for await (const { name } of await opendir(spot.at, { bufferSize: BATCH })) {
      signal?.throwIfAborted();
      if (!isFileName(name) || isOwnName(name)) continue;
      const facts = look(ground, `${spot.at}/${name}`, [...path, name], manner);
      if (facts) yield { name, ...facts };
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Undefined for what is gone by now, leads out, or is no file. */
function look(ground: Ground, at: string, path: readonly FileName[], manner: { readonly follow: boolean }) {
  const found = lstatSync(at, { bigint: true, throwIfNoEntry: false });
  if (!found?.isSymbolicLink()) return found && factsOf(found);
  try {
    using behind = locate(ground, path, manner);
    return behind.found && factsOf(behind.found);
  } catch {
    return undefined;
  }
}
