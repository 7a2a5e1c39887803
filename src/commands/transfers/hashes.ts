import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { FileTree, HashName } from '../../contracts/files.ts';
import type { Spot } from './rules.ts';

export interface Digest {
  readonly name: HashName;
  update(chunk: Uint8Array): void;
  /** Lower-case hexadecimal; asked once. */
  hex(): string;
}

export function createDigest(name: HashName): Digest {
  if (name === 'crc32') {
    let value = 0;
    return {
      name,
      update: (chunk) => {
        value = crc32(chunk, value);
      },
      hex: () => value.toString(16).padStart(8, '0'),
    };
  }
  const hash = createHash(name);
  return { name, update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') };
}

/** Strongest first. */
const NAMES: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5', 'crc32'];

/** What each tree has refused to compute: asked once. */
const refused = new WeakMap<FileTree, Set<HashName>>();

/** The strongest hash that none of these trees has refused yet; undefined where there is none, or one computes none. */
export function commonHash(trees: readonly FileTree[]): HashName | undefined {
  if (trees.length === 0 || !trees.every((tree) => tree.hash)) return undefined;
  return NAMES.find((name) => !trees.some((tree) => refused.get(tree)?.has(name)));
}

export function refuse(tree: FileTree, name: HashName): void {
  refused.set(tree, (refused.get(tree) ?? new Set()).add(name));
}

/** Of the whole file as it can be read there. */
export async function readHash({ place, path }: Spot, name: HashName, signal: AbortSignal): Promise<string> {
  await using file = await place.tree.open(path, signal);
  const digest = createDigest(name);
  for await (const chunk of file.read()) {
    signal.throwIfAborted();
    digest.update(chunk);
  }
  return digest.hex();
}
