import { defineCommand } from '../command.ts';

export const helpCommand = defineCommand({
  path: 'help',
  summary: 'explain a command or a topic',
  examples: ['cs help exit-codes', 'cs help send mail'],
  operands: [{ name: 'topic', help: 'a command, or exit-codes, env, ready, safety', many: true }],
  options: {},
  globals: [],
  withoutConfig: true,
  load: () => import('./run.ts'),
});
