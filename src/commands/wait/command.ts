import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const mailOptions = {
  to: o.text('an envelope recipient or To: has this text, or matches /RE/i', { value: 'MATCH', many: true }),
  from: o.text('the envelope sender or From: has it', { value: 'MATCH', many: true }),
  subject: o.text('the subject has it', { value: 'MATCH', many: true }),
  body: o.text('the text or HTML has it', { value: 'MATCH', many: true }),
  header: o.text('a header field has it: X-Campaign=MATCH', { value: 'NAME=MATCH', many: true }),
  after: o.number('only what arrived after this cursor of cs mark', { value: 'CURSOR' }),
  claim: o.flag('take the match, so that parallel waits get others'),
  count: o.number('assert that exactly this many match (needs --for, or waits until there are that many)', {
    value: 'N',
  }),
  none: o.flag('assert that nothing matches for the time of --for'),
  for: o.duration('how long --none and --count watch'),
  extract: o.text('print code, link, link:/RE/, header:NAME or text:/RE(GROUP)/ of the match', { value: 'WHAT' }),
  print: o.choice('print this of the match', ['id', 'json', 'raw', 'text', 'html'] as const),
};

export const waitMailCommand = defineCommand({
  path: 'wait mail',
  summary: 'block until a mail matches; print it, its code or its link',
  details:
    'Everything stored counts, or what came after --after. A plain MATCH is a part of the text in any case, /RE/ and /RE/i are regular expressions. Exit 124 at the time limit, with what came instead; 1 when an assertion is false.',
  examples: [
    'c=$(cs mark mail)',
    'cs wait mail --after "$c" --to ann@x.test --subject /verify/i --extract link:/verify/',
    'cs wait mail --to ann@x.test --extract code',
    'cs wait mail --after "$c" --to bob@x.test --none --for 2s',
  ],
  operands: [],
  options: mailOptions,
  globals: ['clients'],
  load: async () => ({ run: (await import('./mail.ts')).run }),
});

export const portOptions = {
  thenStable: o.duration('it must keep accepting for this long'),
};

export const waitPortCommand = defineCommand({
  path: 'wait port',
  summary: 'block until a port accepts connections',
  examples: ['cs wait port 127.0.0.1:5432', 'cs wait port localhost:8080 --then-stable 1s --timeout 60s'],
  operands: [{ name: 'address', help: 'HOST:PORT', required: true }],
  options: portOptions,
  globals: ['clients'],
  load: async () => ({ run: (await import('./port.ts')).run }),
});
