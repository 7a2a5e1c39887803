import { defineCommand } from '../command.ts';
import { recursive, transferOptions } from '../transfers/options.ts';

export const cpOptions = { recursive, ...transferOptions };

export const cpCommand = defineCommand({
  path: 'cp',
  summary: 'copy files between any two places, or messages between mailboxes',
  details:
    'A place is a local path, a URL or - (stdin, stdout). Several sources, or a target that is a directory: each goes below it by its own name. Nothing appears under its name before it is whole. Patterns (* ? [a-z] **) may stand in the last parts of a URL or a quoted path, and mean themselves where there is such a thing. --timeout counts from the last octet that moved. ' +
    'Messages are named by mailbox and id or uids (imap://HOST/INBOX/12, .../INBOX/3,7:9, .../INBOX/*) and go to a mailbox, or to files UID.eml; all of an account: cs sync.',
  examples: [
    'cs cp ftp://files.example.test/pub/report.pdf .',
    'cs cp -r ./dist ftp://ann@files.example.test/www/',
    "cs cp 'ftp://files.example.test/logs/2026-*.gz' ./logs --continue",
    'cs cp imap://ann@mail.example.test/INBOX/12 imap://ann@mail.example.test/Archive',
    'cs cp http://127.0.0.1:8080/big.iso ftp://127.0.0.1:2121/ --verify hash',
  ],
  operands: [
    { name: 'source', help: 'what is copied', required: true },
    { name: 'more', help: 'further sources, and the target at the end', required: true, many: true },
  ],
  options: cpOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
