import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const options = { origin: o.flag('say where each value comes from') };

export const configShowCommand = defineCommand({
  path: 'config show',
  summary: 'the values that hold here',
  examples: ['cs config show --origin', 'cs config show --json'],
  operands: [],
  options,
  globals: ['servers', 'clients', 'opening'],
  load: async () => ({ run: (await import('./run.ts')).show }),
});

export const configSchemaCommand = defineCommand({
  path: 'config schema',
  summary: 'the JSON Schema of cs.yaml',
  examples: ['cs config schema > cs.schema.json'],
  operands: [],
  options: {},
  globals: [],
  withoutConfig: true,
  load: async () => ({ run: (await import('./run.ts')).schema }),
});
