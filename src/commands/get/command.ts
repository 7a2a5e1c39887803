import { defineCommand } from '../command.ts';

export const getCommand = defineCommand({
  path: 'get',
  summary: 'fetch one thing as it is: a message, octet for octet',
  details:
    'The id is what `cs ls` shows in its first column; a uid or number does too. With -o the file appears under its ' +
    'name only when it is complete. --json gives the message with its facts instead.',
  examples: [
    'cs get cs://dev/mail/41 -o mail.eml',
    'cs get pop3://ann@mail.example.test/1764000000.2',
    'cs get cs://dev/mail/41 --pick subject',
  ],
  operands: [{ name: 'url', help: 'the thing', required: true }],
  options: {},
  globals: ['clients'],
  load: () => import('./run.ts'),
});
