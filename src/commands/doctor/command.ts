import { defineCommand } from '../command.ts';

export const doctorCommand = defineCommand({
  path: 'doctor',
  summary: 'check ports, limits, IPv6, clock, permissions and versions',
  examples: ['cs doctor', 'cs doctor --json'],
  operands: [],
  options: {},
  globals: [],
  withoutConfig: true,
  load: () => import('./run.ts'),
});
