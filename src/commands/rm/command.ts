import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { recursive } from '../transfers/options.ts';

export const rmOptions = {
  recursive,
  all: o.flag('every message of the mailbox'),
};

export const rmCommand = defineCommand({
  path: 'rm',
  summary: 'remove files from any place, or messages from a mailbox or an own instance',
  details:
    'A mailbox goes with -r, its messages alone with --all. Asks first, unless -y says yes. --dry-run says what would go and removes nothing.',
  examples: [
    "cs rm 'ftp://ann@files.example.test/tmp/*.log'",
    'cs rm -r ftp://127.0.0.1:2121/www/old -y',
    'cs rm cs://dev/mail/41 -y',
    'cs rm -r imap://ann@mail.example.test/Old -y',
    'cs rm pop3://ann@mail.example.test/ 1764000000.2 1764000000.5 --dry-run',
  ],
  operands: [
    { name: 'place', help: 'a file, a directory, a message, or a mailbox', required: true },
    { name: 'more', help: 'further places, or messages of that mailbox', many: true },
  ],
  options: rmOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
