import * as o from '../../kit/option.ts';

/** What EHLO may leave out; the server then behaves as if it had never heard of it. */
export const EXTENSIONS = [
  'pipelining',
  'size',
  '8bitmime',
  'smtputf8',
  'enhancedstatuscodes',
  'dsn',
  'chunking',
  'binarymime',
  'auth',
  'starttls',
] as const;

export const options = {
  size: o.size('largest message taken', {
    default: '25m',
    reason: 'what the large providers accept; a test that needs more says so',
    group: 'SMTP',
  }),
  recipients: o.number('recipients of one message', {
    default: '1000',
    value: 'N',
    min: 1,
    max: 100_000,
    reason: 'RFC 5321 section 4.5.3.1.8 asks for 100 at least; each costs memory until the message is stored',
    group: 'SMTP',
  }),
  newline: o.choice('CRLF alone ends lines, or bare CR, LF and NUL are let through too', ['strict', 'lenient'], {
    default: 'strict',
    reason: 'servers that differ about the end of a line can be made to differ about the end of a message',
    plain: true,
    group: 'SMTP',
  }),
  trace: o.choice('put Return-Path and Received in front of each message', ['off', 'on'], {
    default: 'off',
    reason: 'a capture is byte for byte what was sent',
    group: 'SMTP',
  }),
  transcript: o.choice('keep with each message the conversation that brought it', ['on', 'off'], {
    default: 'on',
    group: 'SMTP',
  }),
  hide: o.choice('leave this extension out of EHLO', EXTENSIONS, { many: true, value: 'NAME', group: 'SMTP' }),
  xclientFrom: o.text('believe XCLIENT from these networks', { many: true, value: 'CIDR', group: 'SMTP' }),
  hops: o.number('Received fields of one message', {
    default: '50',
    value: 'N',
    min: 1,
    reason: 'more is a loop (RFC 5321 section 6.3)',
    group: 'SMTP',
  }),
  errors: o.number('errors of one conversation before it is closed; past half of them answers wait', {
    default: '20',
    value: 'N',
    min: 1,
    reason: 'a program that is wrong twenty times is not going to be right',
    group: 'SMTP',
  }),
  junk: o.number('NOOP, RSET, VRFY and the like between two messages before they count as errors', {
    default: '100',
    value: 'N',
    min: 1,
    reason: 'no client needs as many',
    group: 'SMTP',
  }),
  tarpit: o.duration('how long such an answer waits', {
    default: '1s',
    reason: 'slows guessing down and costs us nothing',
    group: 'SMTP',
  }),
  loginTries: o.number('failed logins of one conversation', {
    default: '3',
    value: 'N',
    min: 1,
    max: 20,
    reason: 'a person errs twice, a guesser does not stop',
    group: 'SMTP',
  }),
};
