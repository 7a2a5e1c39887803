/** Wraps that take nothing away change nothing either: each is a whole tree, and all of them together. */
import type { FileTree } from '../../../../src/contracts/files.ts';
import { withoutDotfiles } from '../../../../src/stores/wrap/files/dotfiles.ts';
import { events } from '../../../../src/stores/wrap/files/events.ts';
import { fileFaults } from '../../../../src/stores/wrap/files/faults.ts';
import { homes } from '../../../../src/stores/wrap/files/homes.ts';
import { type FileWrap, houseOf } from '../../../../src/stores/wrap/files/house.ts';
import { jail } from '../../../../src/stores/wrap/files/jail.ts';
import { ownUploads } from '../../../../src/stores/wrap/files/own-uploads.ts';
import { quotas } from '../../../../src/stores/wrap/files/quota.ts';
import { rights } from '../../../../src/stores/wrap/files/rights.ts';
import { parseRights } from '../../../../src/stores/wrap/files/rights-file.ts';
import { throttle } from '../../../../src/stores/wrap/files/throttle.ts';
import { fileTreeSuite, type TreeExpected } from '../../../conformance/file-tree.ts';
import { at } from '../../../conformance/file-tree-harness.ts';
import { diskPlace } from '../../disk/place.ts';
import { STORE_ABILITIES } from '../../file-abilities.ts';
import { emptyTree, session } from './memory.ts';

const journal = { add: async () => 0 };
const all: Readonly<Record<string, FileWrap>> = {
  faults: fileFaults([]),
  homes: homes('home/{user}', true),
  quota: quotas({ bytes: 1e9, files: 1e6 }),
  ownUploads: ownUploads(),
  rights: rights(() => parseRights('ann / all')),
  throttle: throttle(1e12),
  events: events(journal),
};
const WITHOUT_DOT = /^\./;
/** Your own upload shows, to you. */
const OWN: Partial<TreeExpected> = { own: true };
const without = (ability: string) => STORE_ABILITIES.filter((one) => one !== ability);
const differing: Readonly<Record<string, Partial<TreeExpected>>> = {
  faults: { abilities: without('peek').filter((one) => one !== 'readAt') },
  ownUploads: OWN,
};

for (const [name, wrap] of Object.entries(all)) {
  fileTreeSuite(
    `memory with ${name}`,
    async () => ({ tree: houseOf(await emptyTree(), [wrap]).of(session('ann')), close: async () => {} }),
    { abilities: STORE_ABILITIES, ...differing[name] },
  );
}

fileTreeSuite(
  'memory without dotfiles',
  async () => ({ tree: withoutDotfiles(await emptyTree()), close: async () => {} }),
  { abilities: STORE_ABILITIES, without: WITHOUT_DOT },
);

fileTreeSuite(
  'a jail in memory',
  async () => {
    const tree: FileTree = await emptyTree();
    await tree.makeDir?.(at('/jail'));
    await tree.makeDir?.(at('/jail/inner'));
    return { tree: jail(tree, at('/jail/inner')), close: async () => {} };
  },
  { abilities: STORE_ABILITIES },
);

fileTreeSuite(
  'disk with every wrap',
  async () => {
    const place = await diskPlace({ durability: 'process' });
    const { faults: _faults, ...others } = all;
    const fresh = { ...others, quota: quotas({ bytes: 1e9, files: 1e6 }) };
    const house = houseOf(place.tree, [...Object.values(fresh), withoutDotfiles]);
    return { tree: house.of(session('ann')), close: async () => place[Symbol.asyncDispose]() };
  },
  { abilities: STORE_ABILITIES, without: WITHOUT_DOT, ...OWN },
);
