import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { transferOptions } from '../transfers/options.ts';

export const syncOptions = {
  delete: o.flag('remove what the source does not have'),
  maxDelete: o.number('remove nothing at all where more than so many would go', {
    default: '1000',
    value: 'N',
    reason: 'a wrong or an empty source must not empty the target',
  }),
  exclude: o.text('leave out what matches: a name anywhere, or a path from the top where it has a slash', {
    value: 'GLOB',
    many: true,
  }),
  include: o.text('do not leave this out after all; without --exclude: only files that match', {
    value: 'GLOB',
    many: true,
  }),
  as: o.choice('of mail: how files of this machine are laid out (default: as what stands there, else maildir)', [
    'maildir',
    'mbox',
    'eml',
  ]),
  ...transferOptions,
};

export const syncCommand = defineCommand({
  path: 'sync',
  summary: 'make one directory the mirror of another in any two places, or one mail account of another',
  details:
    'What the source holds is then in the target; nothing goes the other way. Files are the same when size and time are (the time as exactly as the coarser end tells it), with --verify=hash when their content is. Times are kept, so a second run changes nothing. What only the target has stays, unless --delete; nothing is removed after a failure to read the source. A file appears under its name only when it is whole: killed at any point, a sync is begun again. --dry-run prints the plan. ' +
    'Mail: an account (imap://HOST/) with all its mailboxes, or one mailbox, goes to another account or to files (Maildir, mbox, .eml), and back: messages, flags, dates, special uses, subscriptions. What was copied is remembered in the state directory, and where that is lost messages are told by their Message-ID, size and date: nothing comes twice. --exclude and --include are about mailboxes.',
  examples: [
    'cs sync ./dist ftp://ann@files.example.test/www --delete',
    'cs sync ftp://files.example.test/pub ./pub --exclude "*.tmp" --transfers 8',
    'cs sync http://127.0.0.1:8080/ ./mirror --dry-run --json',
    'cs sync imaps://ann@old.example.test/ imaps://ann@new.example.test/ --exclude Trash',
    'cs sync imaps://ann@mail.example.test/ ./backup --as maildir',
    'cs sync ./export.mbox imaps://ann@mail.example.test/Import',
  ],
  operands: [
    { name: 'source', help: 'the directory that is mirrored', required: true },
    { name: 'target', help: 'the directory that becomes the mirror; made if it is not there', required: true },
  ],
  options: syncOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
