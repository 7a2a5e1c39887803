import { defineCommand } from '../command.ts';

export const lsCommand = defineCommand({
  path: 'ls',
  summary: 'list what is in a place: the messages of a mailbox or of an own instance',
  details:
    'The first column is the id that `cs get` and `cs rm` take, put behind the URL. --json and --format print a line for ' +
    'each message; --pick looks at all of them (messages.0.id). With cs://NAME/mail, --user OWNER shows the mail of one owner instead of everything captured.',
  examples: [
    'cs ls pop3://ann@mail.example.test/',
    'cs ls cs://dev/mail',
    "cs ls cs://dev/mail --format '{id} {subject}'",
    'cs ls pop3s://ann@mail.example.test/ --password-file secret.txt --json',
  ],
  operands: [{ name: 'url', help: 'the place', required: true }],
  options: {},
  globals: ['clients'],
  load: () => import('./run.ts'),
});
