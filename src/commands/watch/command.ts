import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { mailWishes } from '../wait/command.ts';

export const watchOptions = {
  ...mailWishes,
  after: o.number('begin behind this cursor (cs mark); without it, with what comes from now on', { value: 'CURSOR' }),
  count: o.number('end after so many', { min: 1, value: 'N' }),
  timeout: o.duration('end with exit 124 after this long; without it never'),
};

export const watchMailCommand = defineCommand({
  path: 'watch mail',
  summary: 'tell of mail as it arrives, a line each, until it is stopped',
  details:
    'Takes the filters of cs wait mail and shows every message that passes them, at an own instance or in a mailbox of any IMAP server with IDLE. With --json a line is an object. A message without what --extract names is left out.',
  examples: [
    'cs watch mail',
    'cs watch mail --to ann@x.test --extract link',
    'cs watch mail imaps://ann@mail.example.test/INBOX --json | jq .subject',
    'cs watch mail --after "$c" --count 3 --timeout 10s',
  ],
  operands: [{ name: 'place', help: 'a mailbox (imap://...) to watch, in place of an own instance' }],
  options: watchOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
