import type { FileTree } from '../../../contracts/files.ts';
import type { Agent } from './agent.ts';

/** The tree at an agent's origin, loaded when it is first asked: one page is fetched without it. */
export function lazyTree(agent: Agent, parallel: number): FileTree {
  let made: Promise<Required<Pick<FileTree, 'stat' | 'list' | 'open' | 'write' | 'remove'>>> | undefined;
  const tree = () => {
    made ??= import('./tree.ts').then(({ HttpTree }) => new HttpTree(agent, { parallel }));
    return made;
  };
  return {
    // RFC 9110 has no word for a directory.
    impliesDirectories: true,
    stat: async (...args) => (await tree()).stat(...args),
    async *list(...args) {
      yield* (await tree()).list(...args);
    },
    open: async (...args) => (await tree()).open(...args),
    write: async (...args) => (await tree()).write(...args),
    remove: async (...args) => (await tree()).remove(...args),
  };
}
