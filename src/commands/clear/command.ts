import { defineCommand } from '../command.ts';

export const options = {};

export const clearCommand = defineCommand({
  path: 'clear',
  summary: 'empty a capture store and say how many went; cursors stay valid, ids are never used again',
  examples: ['cs clear mail', 'cs clear mail --pick removed'],
  operands: [{ name: 'kind', help: 'mail', choices: ['mail'] }],
  options,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
