import type { FileTree } from '../../../contracts/files.ts';

/** What a tree may be able to do beyond being read. */
export const ABILITIES = [
  'write',
  'staged',
  'stagedIn',
  'makeDir',
  'remove',
  'rename',
  'copy',
  'setAttributes',
  'hash',
  'space',
  'peek',
] as const satisfies readonly (keyof FileTree)[];

const METHODS = ['stat', 'list', 'open', ...ABILITIES] as const;

/** Abilities that go past `open` and `write`: a wrap that does not speak of them does not have them. */
const SHORT_CUTS = ['readWhole', 'writeWhole'] as const satisfies readonly (keyof FileTree)[];

/** A tree on another: what `changed` names is taken from there (undefined: the ability is gone), the rest from `tree`. */
export function over(tree: FileTree, changed: { readonly [K in keyof FileTree]?: FileTree[K] | undefined }): FileTree {
  const made: Record<string, unknown> = {};
  for (const name of METHODS) {
    const method = Object.hasOwn(changed, name) ? changed[name] : bound(tree, name);
    if (method !== undefined) made[name] = method;
  }
  for (const name of SHORT_CUTS) if (changed[name] !== undefined) made[name] = changed[name];
  return made as unknown as FileTree;
}

function bound(tree: FileTree, name: keyof FileTree): unknown {
  const method = tree[name] as ((...args: never) => unknown) | undefined;
  return method?.bind(tree);
}
