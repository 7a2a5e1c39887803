import { defineCommand } from '../command.ts';

export const completionCommand = defineCommand({
  path: 'completion',
  summary: 'a completion script for your shell',
  examples: [
    'cs completion bash > /etc/bash_completion.d/cs',
    'source <(cs completion zsh)',
    'cs completion fish | source',
  ],
  operands: [{ name: 'shell', help: 'bash, zsh or fish', required: true, choices: ['bash', 'zsh', 'fish'] }],
  options: {},
  globals: [],
  withoutConfig: true,
  load: () => import('./run.ts'),
});
