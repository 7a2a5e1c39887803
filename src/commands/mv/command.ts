import { defineCommand } from '../command.ts';
import { transferOptions } from '../transfers/options.ts';

export const mvOptions = transferOptions;

export const mvCommand = defineCommand({
  path: 'mv',
  summary: 'move files and directories between any two places, or messages between mailboxes',
  details:
    'In one place it is a rename. Between two places a source goes once its copy stands and is proved; a directory goes when all it held has gone. Messages are named as cs cp has them; within an account the server moves them, and a mailbox that is named itself is renamed.',
  examples: [
    'cs mv ftp://ann@files.example.test/in/a.csv ftp://ann@files.example.test/done/',
    "cs mv 'imap://ann@mail.example.test/INBOX/1:50' imap://ann@mail.example.test/Archive",
    'cs mv ./export.zip ftp://files.example.test/incoming/ --verify hash',
  ],
  operands: [
    { name: 'source', help: 'what is moved', required: true },
    { name: 'more', help: 'further sources, and the target at the end', required: true, many: true },
  ],
  options: mvOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
