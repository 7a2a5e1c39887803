import { defineStore } from '../../contracts/store.ts';
import * as o from '../../kit/option.ts';

export const embedded = defineStore({
  name: 'embedded',
  title: 'SQLite in a directory, synced before it is acknowledged',
  options: {
    durability: o.choice(
      'what an acknowledgement promises: to survive power loss, or only kill -9',
      ['disk', 'process'],
      {
        default: 'disk',
        group: 'Store',
      },
    ),
  },
  open: () => import('./open.ts'),
});
