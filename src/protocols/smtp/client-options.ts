import * as o from '../../kit/option.ts';

/** The steps after which a conversation may be broken off, in their order. */
export const STEPS = ['connect', 'banner', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data'] as const;
export type Step = (typeof STEPS)[number];

const MECHANISMS = ['any', 'PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER'] as const;
const mechanism = o.choice('log in by this mechanism; any: the best that both ends speak', MECHANISMS, {
  default: 'any',
  value: 'MECHANISM',
});

export const clientOptions = {
  helo: o.text("the name said at EHLO (this machine's, or its address)", { value: 'NAME' }),
  auth: {
    ...mechanism,
    parse: (text: string) => mechanism.parse(text.toLowerCase() === 'any' ? 'any' : text.toUpperCase()),
  } as typeof mechanism,
  pipelining: o.choice('send commands in groups (RFC 2920); auto: where the server offers it', ['auto', 'on', 'off'], {
    default: 'auto',
  }),
  chunking: o.choice(
    'send the message by BDAT (RFC 3030); auto: only a binary one, which needs it',
    ['auto', 'on', 'off'],
    { default: 'auto' },
  ),
  xclient: o.text('say who the real client is by XCLIENT, as in ADDR=192.0.2.7', { value: 'NAME=VALUE', many: true }),
  quitAfter: o.choice('say QUIT after this step; data: hang up inside the message', STEPS),
};
