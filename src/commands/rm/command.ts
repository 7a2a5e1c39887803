import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const rmOptions = {
  all: o.flag('every message of the mailbox'),
};

export const rmCommand = defineCommand({
  path: 'rm',
  summary: 'remove messages from a mailbox or an own instance',
  details: 'Asks first, unless -y says yes. --dry-run says what would go and removes nothing.',
  examples: [
    'cs rm cs://dev/mail/41 -y',
    'cs rm pop3://ann@mail.example.test/ 1764000000.2 1764000000.5 --dry-run',
    'cs rm pop3://ann@mail.example.test/ --all',
  ],
  operands: [
    { name: 'url', help: 'a message, or a mailbox', required: true },
    { name: 'id', help: 'messages of that mailbox', many: true },
  ],
  options: rmOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
