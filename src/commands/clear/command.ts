import { defineCommand } from '../command.ts';

export const clearCommand = defineCommand({
  path: 'clear',
  summary: 'empty a capture store and say how many went',
  details:
    'Of requests and files it is what happened that is kept: that is forgotten, and no file is removed. Cursors stay valid: ids are never used again.',
  examples: ['cs clear mail', 'cs clear request', 'cs clear --name dev --json'],
  operands: [
    { name: 'kind', help: 'what to remove: mail (default), request, file', choices: ['mail', 'request', 'file'] },
    { name: 'place', help: 'the instance, cs://NAME, in place of the one at hand' },
  ],
  options: {},
  globals: ['clients'],
  load: () => import('./run.ts'),
});
