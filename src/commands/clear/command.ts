import { defineCommand } from '../command.ts';

export const clearCommand = defineCommand({
  path: 'clear',
  summary: 'empty a capture store and say how many went',
  details: 'Cursors stay valid: ids are never used again.',
  examples: ['cs clear mail', 'cs clear --name dev --json'],
  operands: [{ name: 'kind', help: 'what to remove: mail', choices: ['mail'] }],
  options: {},
  globals: ['clients'],
  load: () => import('./run.ts'),
});
