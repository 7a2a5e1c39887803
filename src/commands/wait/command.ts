import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { pattern, waitOptions } from './options.ts';

/** Which mail is meant. */
export const mailWishes = {
  to: o.text(`a recipient, envelope or header: ${pattern}`, { value: 'PATTERN' }),
  from: o.text(`the sender, envelope or header: ${pattern}`, { value: 'PATTERN' }),
  subject: o.text(`the subject: ${pattern}`, { value: 'PATTERN' }),
  body: o.text(`the text or HTML: ${pattern}`, { value: 'PATTERN' }),
  header: o.text(`a header field, as in 'X-Tag: PATTERN': ${pattern}`, { value: 'NAME:PATTERN', many: true }),
  extract: o.text('print only this: code, link, link:/re/, header:NAME, text:/re(group)/', { value: 'WHAT' }),
};

const { extract, ...wishes } = mailWishes;

export const mailOptions = {
  ...wishes,
  ...waitOptions,
  extract,
  print: o.choice(
    'what of the message to print; raw: all of it, body: what follows its header, both as they were sent',
    ['id', 'json', 'raw', 'text', 'html', 'body'],
  ),
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
    'cs wait mail imaps://ann@mail.example.test/INBOX --after "$c" --subject /invoice/i --print raw',
  ],
  operands: [
    {
      name: 'place',
      help: 'the instance, cs://NAME, in place of the one at hand; or a mailbox (imap://...), whose cursor is a uid',
    },
  ],
  options: mailOptions,
  globals: ['clients', 'reports'],
  load: () => import('./run-mail.ts'),
});

const instanceOperand = { name: 'place', help: 'the instance, cs://NAME, in place of the one at hand' };

export const requestOptions = {
  method: o.text('the method, or several: POST,PUT', { value: 'METHOD' }),
  path: o.text('the path: a pattern (* and ? in a name, ** over names), or /^regex$/', { value: 'GLOB' }),
  query: o.text(`a field of the query, as in 'id=PATTERN', or its name alone: ${pattern}`, {
    value: 'NAME=PATTERN',
    many: true,
  }),
  header: o.text(`a header field, as in 'X-Tag: PATTERN': ${pattern}`, { value: 'NAME:PATTERN', many: true }),
  body: o.text(`the body: NAME=VALUE of a form or of JSON, a JSON test ('.event=="paid"', .total>10), or ${pattern}`, {
    value: 'WHAT',
    many: true,
  }),
  ...waitOptions,
  print: o.choice('what of the request to print', ['id', 'body', 'json', 'headers']),
};

export const waitRequestCommand = defineCommand({
  path: 'wait request',
  summary: 'block until a web server gets a request that matches',
  details:
    'As cs wait mail, with the requests that cs serve http has answered, whatever it answered. At the time limit it says what was asked for and which part of it did not match.',
  examples: [
    'cs wait request --method POST --path /hook --body event=paid --print body',
    `cs wait request --after "$c" --path '/api/**' --header 'Authorization: /^Bearer /' --count 3`,
    `cs wait request --path /hook --body '.order.total>100' --timeout 10s`,
    'cs wait request --after "$c" --path /tracking --none --for 2s',
  ],
  operands: [instanceOperand],
  options: requestOptions,
  globals: ['clients', 'reports'],
  load: () => import('./run-request.ts'),
});

export const fileOptions = {
  name: o.text('the last name of the path: a pattern, as in report-*.pdf', { value: 'GLOB' }),
  path: o.text('the whole path: a pattern, as in /in/**/*.csv, or /^regex$/', { value: 'GLOB' }),
  minSize: o.size('octets it has at least'),
  by: o.text(`the account that stored it: ${pattern}`, { value: 'PATTERN' }),
  stable: o.duration('and it is not stored anew for this long', { bare: '1s' }),
  ...waitOptions,
  print: o.choice('what of the file to print', ['path', 'json']),
};

export const waitFileCommand = defineCommand({
  path: 'wait file',
  summary: 'block until a file is stored that matches, by whatever protocol',
  details:
    'As cs wait mail, with the files that a server of this instance has stored. The path is printed. --name is the name of the file here; an instance is named as cs://NAME (or by CS_CONTROL, CS_NAME).',
  examples: [
    "cs wait file --name 'report-*.pdf' --stable --min-size 1k",
    `cs wait file --after "$c" --path '/in/**/*.csv' --count 2`,
    "cs wait file cs://dev --name 'report-*.pdf'",
    'cs get "cs://dev/files$(cs wait file --name invoice.xml)"',
  ],
  operands: [instanceOperand],
  options: fileOptions,
  globals: ['clients', 'reports'],
  load: () => import('./run-file.ts'),
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
  globals: ['clients', 'reports'],
  load: () => import('./run-port.ts'),
});
