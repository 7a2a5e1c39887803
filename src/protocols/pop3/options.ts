import * as o from '../../kit/option.ts';

export const options = {
  idle: o.duration('silence after which a logged-in client is logged out', {
    default: '10m',
    reason: 'RFC 1939 section 3: an autologout timer waits at least ten minutes',
    group: 'POP3',
  }),
  newline: o.choice('what ends a command: CRLF alone, or a bare LF too', ['strict', 'lenient'], {
    default: 'strict',
    group: 'POP3',
  }),
  utf8: o.choice('mail with UTF-8 in its header fields, to a client that did not send UTF8', ['refuse', 'send'], {
    default: 'refuse',
    reason: 'RFC 6856 section 2.1',
    group: 'POP3',
  }),
  loginTries: o.number('failed logins before the connection is closed', {
    default: '3',
    value: 'N',
    min: 1,
    max: 20,
    reason: 'a person errs twice, a guesser does not stop',
    group: 'POP3',
  }),
};

export const clientOptions = {};
