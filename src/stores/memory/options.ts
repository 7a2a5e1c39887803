import * as o from '../../kit/option.ts';
import { keeping } from '../shared/keeping.ts';

export const options = {
  memoryBytes: o.size('octets of mail kept in memory before the oldest goes', { default: '512m', group: 'Store' }),
  memoryMessages: o.number('messages kept in memory before the oldest goes', {
    default: '10000',
    value: 'N',
    group: 'Store',
  }),
  ...keeping,
};
