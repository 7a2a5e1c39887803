/** The client is a tree like any other, over every store that a server of ours stands on, and over itself. */
import type { FileTree } from '../../../src/contracts/files.ts';
import { fileTreeSuite, type TreeExpected } from '../../conformance/file-tree.ts';
import { diskPlace } from '../../stores/disk/place.ts';
import { filesAt, type Wish } from './client-stage.ts';
import { Stage } from './stage.ts';

/** What MFMT takes: whole seconds. */
const precision = 1000;
const expected: TreeExpected = {
  abilities: [
    'readWhole',
    'write',
    'writeWhole',
    'staged',
    'makeDir',
    'remove',
    'rename',
    'setAttributes',
    'hash',
    'space',
  ],
  precision,
};
const limits = { connections: 100, connectionsPerAddress: 100, connectionsPerUser: 100 };

type Over = { readonly tree: FileTree } & AsyncDisposable;

/** `tree`, or one in memory, seen through a server and a client. */
async function through(tree?: FileTree, wish: Wish = {}, tls: 'off' | 'required' = 'off'): Promise<Over> {
  const stage = await Stage.open({ ...(tree ? { tree } : {}), tls, limits });
  const at = await filesAt(stage.door.port, wish).catch(async (error: unknown) => {
    await stage[Symbol.asyncDispose]();
    throw error;
  });
  return {
    tree: at.files,
    async [Symbol.asyncDispose]() {
      await at[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}

const closing =
  (...all: AsyncDisposable[]) =>
  async () => {
    for (const one of all) await one[Symbol.asyncDispose]();
  };

fileTreeSuite(
  'ftp over memory',
  async () => {
    const over = await through();
    return { tree: over.tree, close: closing(over) };
  },
  expected,
);

fileTreeSuite(
  'ftp over disk',
  async () => {
    const place = await diskPlace({ durability: 'process' });
    const over = await through(place.tree);
    return { tree: over.tree, close: closing(over, place) };
  },
  expected,
);

fileTreeSuite(
  'ftp over ftp over memory',
  async () => {
    const inner = await through();
    const outer = await through(inner.tree);
    return { tree: outer.tree, close: closing(outer, inner) };
  },
  expected,
);

fileTreeSuite(
  'ftp with TLS over memory',
  async () => {
    const wish: Wish = { target: { host: 'localhost', tls: 'starttls-required' }, dial: { insecure: true, family: 4 } };
    const over = await through(undefined, wish, 'required');
    return { tree: over.tree, close: closing(over) };
  },
  expected,
);
