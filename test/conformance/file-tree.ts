/**
 * What every tree of files does alike: memory, disk, each client over a server. Written against the contract only.
 * Tests of an ability are there where `expected.abilities` names it; without `write`, files come in by `behind`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileTree } from '../../src/contracts/files.ts';
import { ABILITIES } from '../../src/stores/wrap/files/over.ts';
import { fileReading } from './file-tree-reading.ts';
import { fileWhole } from './file-tree-whole.ts';
import { fileWriting } from './file-tree-writing.ts';

export interface TreeSubject {
  /** Empty, and nobody else's. */
  readonly tree: FileTree;
  /** The same files from behind, where `tree` cannot write. */
  readonly behind?: FileTree;
  readonly close: () => Promise<void>;
}

export interface TreeExpected {
  /** Exactly those it has besides `stat`, `list` and `open`; `readAt` and `tag` count as two more. */
  readonly abilities: readonly (keyof FileTree | 'readAt' | 'tag')[];
  /** Milliseconds to which `modified` is kept; 1 unless told. */
  readonly precision?: number;
  /** The far end tells one refusal from another only in part: any code of the closed set will do. */
  readonly vague?: true;
  /** What is written shows under its name before it is whole (a server that is not ours). */
  readonly early?: true;
  /** Who uploads sees it under its name before it is whole, and nobody else does. */
  readonly own?: true;
  /** A reader may meet the new content when a file is replaced under it. */
  readonly unsteady?: true;
  /** Two contents of one size, written within a second, cannot be told apart. */
  readonly blind?: true;
  /** Times of files alone can be changed. */
  readonly timesOfFiles?: true;
  /** Hashes are of whole files alone. */
  readonly wholeHashes?: true;
  /** Names that the far end does not take. */
  readonly without?: RegExp;
}

export type MakeTree = () => Promise<TreeSubject>;
export type Check = (what: string, body: (subject: TreeSubject & { readonly fill: FileTree }) => Promise<void>) => void;

const METHODS = ['readWhole', 'writeWhole', ...ABILITIES] as const;

export function fileTreeSuite(name: string, make: MakeTree, expected: TreeExpected): void {
  const check: Check = (what, body) => {
    test(`${name}: ${what}`, { timeout: 300_000 }, async () => {
      const subject = await make();
      try {
        await body({ ...subject, fill: subject.behind ?? subject.tree });
      } finally {
        await subject.close();
      }
    });
  };
  check('it has the abilities that it should have', async ({ tree }) => {
    assert.deepEqual(
      METHODS.filter((method) => tree[method] !== undefined),
      METHODS.filter((method) => expected.abilities.includes(method)),
    );
  });
  fileReading(check, expected);
  if (expected.abilities.includes('write')) fileWriting(check, expected);
  if (expected.abilities.includes('writeWhole')) fileWhole(check, expected);
}
