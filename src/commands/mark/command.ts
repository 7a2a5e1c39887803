import { defineCommand } from '../command.ts';

export const markCommand = defineCommand({
  path: 'mark',
  summary: 'print a cursor: what happens after it is what cs wait --after counts',
  examples: [
    'c=$(cs mark mail)',
    'cs wait mail --after "$c" --to ann@x.test',
    'cs mark mail imap://ann@mail.example.test/INBOX',
  ],
  operands: [
    {
      name: 'kind',
      help: 'what is going to be waited for: mail, request or file',
      choices: ['mail', 'request', 'file'],
    },
    { name: 'place', help: 'the instance, cs://NAME, in place of the one at hand; or a mailbox (imap://...)' },
  ],
  options: {},
  globals: ['clients'],
  load: () => import('./run.ts'),
});
