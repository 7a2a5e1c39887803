import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const lsOptions = {
  recursive: o.flag('directories and all they hold', { short: 'R' }),
  sort: o.choice('the order of files; none: as the far end tells them', ['name', 'size', 'time', 'none'] as const, {
    default: 'name',
  }),
  reverse: o.flag('the other way round'),
};

export const lsCommand = defineCommand({
  path: 'ls',
  summary:
    'list what is in a place: files, the mailboxes of an account, or the messages of a mailbox or of an own instance',
  details:
    'Files: size, time and name, a directory with a slash at its end; patterns (* ? [a-z] **) may stand in the last parts. ' +
    'Mail: an IMAP account lists its mailboxes, a mailbox its messages; the first column is the id that `cs get` and `cs rm` take, put behind the URL. --json and --format print a line for ' +
    'each; --pick looks at all of them (entries.0.name, messages.0.id, mailboxes.0.mailbox). With cs://NAME/mail, --user OWNER shows the mail of one owner instead of everything captured.',
  examples: [
    'cs ls ftp://files.example.test/pub/',
    "cs ls -R './dist/**/*.js' --sort size",
    'cs ls imap://ann@mail.example.test/',
    'cs ls imap://ann@mail.example.test/INBOX',
    'cs ls pop3://ann@mail.example.test/',
    "cs ls cs://dev/mail --format '{id} {subject}'",
  ],
  operands: [{ name: 'place', help: 'what to list; a local path, or a URL', required: true, many: true }],
  options: lsOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
