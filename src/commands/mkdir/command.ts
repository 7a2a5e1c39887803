import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const mkdirOptions = {
  parents: o.flag('also the directories above, and no complaint where it stands already', { short: 'p' }),
};

export const mkdirCommand = defineCommand({
  path: 'mkdir',
  summary: 'make directories, in any place, and mailboxes',
  examples: [
    'cs mkdir -p ftp://ann@files.example.test/2026/11',
    'cs mkdir ./out',
    'cs mkdir imap://ann@mail.example.test/Archive/2026',
  ],
  operands: [{ name: 'place', help: 'the directory', required: true, many: true }],
  options: mkdirOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
