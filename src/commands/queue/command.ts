import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

const id = { name: 'id', help: 'a message of the queue, as cs queue ls shows it' } as const;

export const queueLsCommand = defineCommand({
  path: 'queue ls',
  summary: 'list the mail that is on its way out of an instance',
  details:
    'A line for each recipient that is left: the id, how old and how large the message is, how often it was tried and when it is next, and what the last server said.',
  examples: ['cs queue ls', 'cs queue ls --json --pick messages.0.recipients.0.reply', 'cs queue ls --name mail'],
  operands: [],
  options: {},
  globals: ['clients'],
  load: async () => ({ run: (await import('./run.ts')).list }),
});

export const queueShowCommand = defineCommand({
  path: 'queue show',
  summary: 'print a message of the queue as it will be sent, or what is known of it',
  examples: ['cs queue show 7', 'cs queue show 7 --json'],
  operands: [{ ...id, required: true }],
  options: {},
  globals: ['clients'],
  load: async () => ({ run: (await import('./run.ts')).show }),
});

export const queueRetryCommand = defineCommand({
  path: 'queue retry',
  summary: 'try messages of the queue again now, all or the given ones',
  examples: ['cs queue retry', 'cs queue retry 7 9'],
  operands: [{ ...id, many: true }],
  options: {},
  globals: ['clients'],
  load: async () => ({ run: (await import('./run.ts')).retry }),
});

export const queueRmOptions = { all: o.flag('every message of the queue') };

export const queueRmCommand = defineCommand({
  path: 'queue rm',
  summary: 'forget messages of the queue; their senders are told nothing',
  details: 'Asks first, unless -y says yes. --dry-run says what would go.',
  examples: ['cs queue rm 7 -y', 'cs queue rm --all --dry-run'],
  operands: [{ ...id, many: true }],
  options: queueRmOptions,
  globals: ['clients'],
  load: async () => ({ run: (await import('./run.ts')).remove }),
});
