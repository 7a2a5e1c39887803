import { defineStore } from '../../contracts/store.ts';
import { options } from './options.ts';

export const embedded = defineStore({
  name: 'embedded',
  title: 'SQLite in a directory, synced before it is acknowledged',
  directory: true,
  options,
  open: () => import('./open.ts'),
});
