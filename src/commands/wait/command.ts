import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

const pattern = 'text in any case, or /regex/i';

export const mailOptions = {
  to: o.text(`a recipient, envelope or header: ${pattern}`, { value: 'PATTERN' }),
  from: o.text(`the sender, envelope or header: ${pattern}`, { value: 'PATTERN' }),
  subject: o.text(`the subject: ${pattern}`, { value: 'PATTERN' }),
  body: o.text(`the text or HTML: ${pattern}`, { value: 'PATTERN' }),
  header: o.text(`a header field, as in 'X-Tag: PATTERN': ${pattern}`, { value: 'NAME:PATTERN', many: true }),
  after: o.number('only what happened after this cursor (cs mark)', { value: 'CURSOR' }),
  claim: o.flag('take the match, so that no other --claim gets it'),
  count: o.number('assert that exactly so many match', { min: 1, value: 'N' }),
  none: o.flag('assert that nothing matches, for as long as --for says'),
  for: o.duration('how long --none listens'),
  extract: o.text('print only this: code, link, link:/re/, header:NAME, text:/re(group)/', { value: 'WHAT' }),
  print: o.choice('what of the message to print', ['id', 'json', 'raw', 'text', 'html']),
};

export const waitMailCommand = defineCommand({
  path: 'wait mail',
  summary: 'block until mail arrives that matches',
  details:
    'What was stored after the cursor counts, even before the call; without --after everything stored counts. A message without what --extract names does not match. At the time limit (exit 124) it says what arrived and why that did not match; a false assertion is exit 1.',
  examples: [
    'link=$(cs wait mail --after "$c" --to ann@x.test --subject /verify/i --extract link:/verify/)',
    'cs wait mail --to ann@x.test --extract code',
    'cs wait mail --after "$c" --to bob@x.test --none --for 2s',
    'cs wait mail --claim --print json   # parallel waiters get different messages',
  ],
  operands: [],
  options: mailOptions,
  globals: ['clients'],
  load: () => import('./run-mail.ts'),
});

export const portOptions = {
  thenStable: o.duration('and goes on accepting for this long', { value: 'DUR' }),
};

export const waitPortCommand = defineCommand({
  path: 'wait port',
  summary: 'block until a TCP port accepts connections',
  examples: ['cs wait port 127.0.0.1:5432 --then-stable 1s', 'cs wait port [::1]:8080 --timeout 5s'],
  operands: [{ name: 'host:port', help: 'HOST:PORT, an IPv6 address in brackets', required: true }],
  options: portOptions,
  globals: ['clients'],
  load: () => import('./run-port.ts'),
});
