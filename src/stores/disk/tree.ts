import { defineTree } from '../../contracts/store.ts';
import { options } from './options.ts';

export const disk = defineTree({
  name: 'disk',
  title: 'a directory of this machine; nothing outside of it can be reached',
  options,
  open: () => import('./open.ts'),
});
