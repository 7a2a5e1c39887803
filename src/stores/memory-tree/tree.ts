import { defineTree } from '../../contracts/store.ts';
import { options } from './options.ts';

export const memoryTree = defineTree({
  name: 'memory',
  title: 'in memory, gone when it stops; may be filled from a directory, which stays as it is',
  options,
  open: () => import('./open.ts'),
});
