import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { fileTreeSuite } from '../../conformance/file-tree.ts';
import { STORE_ABILITIES } from '../file-abilities.ts';
import { type DiskOptions, diskPlace } from './place.ts';

const variants: [string, DiskOptions, boolean | undefined][] = [
  ['disk', {}, undefined],
  ['disk without syncs, parts beside', { durability: 'process', staging: 'beside' }, undefined],
  ['disk, links followed', { durability: 'process', followSymlinks: true }, undefined],
  ['disk where directories cannot be held', { durability: 'process' }, false],
];

for (const [name, values, byDescriptor] of variants) {
  fileTreeSuite(
    name,
    async () => {
      const place = await diskPlace(values, byDescriptor);
      return {
        tree: place.tree,
        close: async () => {
          assert.deepEqual(await temporary(place.dir), [], 'parts are left');
          await place[Symbol.asyncDispose]();
        },
      };
    },
    { abilities: [...STORE_ABILITIES, 'readWhole', 'writeWhole'] },
  );
}

/** Parts anywhere below. */
async function temporary(dir: string): Promise<string[]> {
  const found = await readdir(dir, { recursive: true });
  return found.filter((name) => name.includes('.cs-part-'));
}
