import { defineStore } from '../../contracts/store.ts';
import * as o from '../../kit/option.ts';

export const memory = defineStore({
  name: 'memory',
  title: 'in memory, gone when it stops',
  options: {
    memoryBytes: o.size('octets of mail kept in memory before the oldest goes', { default: '512m', group: 'Store' }),
    memoryMessages: o.number('messages kept in memory before the oldest goes', {
      default: '10000',
      value: 'N',
      group: 'Store',
    }),
  },
  open: () => import('./open.ts'),
});
