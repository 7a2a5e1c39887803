import { defineStore } from '../../contracts/store.ts';
import { options } from './options.ts';

export const memory = defineStore({
  name: 'memory',
  title: 'in memory, gone when it stops',
  options,
  open: () => import('./open.ts'),
});
