import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { recursive, transferOptions } from '../transfers/options.ts';

export const putOptions = {
  recursive,
  flag: o.text('of messages put into a mailbox: \\Seen, \\Flagged, a word', { value: 'FLAG', many: true }),
  ...transferOptions,
};

export const putCommand = defineCommand({
  path: 'put',
  summary: 'upload files, or stdin, to a URL; messages to a mailbox',
  details:
    'As cs cp, with a URL for a target. - is stdin; then the URL names the file. A file appears under its name when all of it is there. ' +
    'Into a mailbox go messages: an .eml file, a message or an mbox on stdin, all of an mbox file; with the time of the file or of its From line.',
  examples: [
    'cs put report.pdf ftp://ann@files.example.test/incoming/',
    'cs put -r ./dist ftp://127.0.0.1:2121/www/',
    'cs put mail.eml imap://ann@mail.example.test/INBOX',
    'pg_dump app | cs put - ftp://ann@files.example.test/backup/app.sql',
  ],
  operands: [
    { name: 'file', help: 'what is uploaded', required: true },
    { name: 'more', help: 'further files, and the URL at the end', required: true, many: true },
  ],
  options: putOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
