import { defaults } from '../../../src/kit/option.ts';
import { memoryTree } from '../../../src/stores/memory-tree/tree.ts';
import { fileTreeSuite } from '../../conformance/file-tree.ts';
import { STORE_ABILITIES } from '../file-abilities.ts';

fileTreeSuite(
  'memory',
  async () => {
    const { open } = await memoryTree.open();
    const opened = await open({
      root: undefined,
      options: defaults(memoryTree.options),
      log: () => {},
    });
    return { tree: opened.tree, close: async () => opened[Symbol.asyncDispose]() };
  },
  { abilities: STORE_ABILITIES },
);
