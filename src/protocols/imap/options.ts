import * as o from '../../kit/option.ts';

export const options = {
  idle: o.duration('silence after which a logged-in client is logged out, IDLE included', {
    default: '30m',
    reason: 'RFC 9051 section 5.4: an autologout timer waits at least thirty minutes',
    group: 'IMAP',
  }),
  appendLimit: o.size('largest message a client may store', {
    default: '25m',
    reason: 'as large as mail that comes in by SMTP',
    group: 'IMAP',
  }),
  loginTries: o.number('failed logins before the connection is closed', {
    default: '3',
    value: 'N',
    min: 1,
    max: 20,
    reason: 'a person errs twice, a guesser does not stop',
    group: 'IMAP',
  }),
};

export const clientOptions = {};
