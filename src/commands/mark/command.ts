import { defineCommand } from '../command.ts';

export const options = {};

export const markCommand = defineCommand({
  path: 'mark',
  summary: 'print a cursor: what happens after it is what cs wait --after sees',
  examples: ['c=$(cs mark mail)', 'cs wait mail --after "$c" --to ann@x.test'],
  operands: [
    { name: 'kind', help: 'mail; one cursor serves every kind', choices: ['mail', 'request', 'file', 'player'] },
  ],
  options,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
