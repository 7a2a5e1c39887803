/** Who the client is (RFC 959 section 4.1.1, RFC 7151). */
import type { LoginSource } from '../../contracts/accounts.ts';
import { forget, Secret } from '../../kit/secret.ts';
import { type Answer, reply, type Session } from './session.ts';

const ANONYMOUS = new Set(['anonymous', 'ftp']);

/** Whether a password may be said now: where TLS is at hand it never travels in clear text to another machine. */
export function mayLogIn({ ctx, conn }: Session): boolean {
  if (conn.secure || ctx.tls === 'off') return true;
  return ctx.tls !== 'required' && conn.trusted;
}

function loginSource({ ctx, conn }: Session): LoginSource {
  return {
    protocol: 'ftp',
    server: ctx.server.id,
    conn: conn.id,
    address: conn.peer.address,
    loopback: conn.peer.loopback,
    secure: conn.secure,
    mechanism: 'USER',
  };
}

const pass: Answer = async (session, [text = '']) => {
  const { user, ctx, conn } = session;
  if (user === undefined) return reply(503, 'USER first');
  session.user = undefined;
  if (ctx.options.anonymous === 'refuse' && ANONYMOUS.has(user.toLowerCase())) return rejected(session);
  const password = new Secret(text);
  try {
    // The delay behind a failure is the accounts' affair: they have waited already.
    const proof = { kind: 'password', password } as const;
    const identity = await ctx.services.accounts.verify(user, proof, loginSource(session), conn.signal);
    if (!identity) return rejected(session);
    session.enter(identity.name);
    return reply(230, 'welcome');
  } finally {
    forget(password);
  }
};

/** Said to everybody alike, so that names cannot be told apart. */
function rejected(session: Session) {
  session.failures += 1;
  return session.failures < session.ctx.options.loginTries
    ? reply(530, 'rejected')
    : reply(421, 'rejected too often, bye');
}

export const LOGIN = {
  USER: (session, [name = '']) => {
    session.leave();
    // Before the password is on its way, not after (trust.md FT-05).
    if (!mayLogIn(session)) return reply(530, 'TLS first: AUTH TLS');
    session.user = name;
    return reply(331, 'and the password?');
  },
  PASS: pass,
  ACCT: () => reply(202, 'no account is asked for'),
  REIN: (session) => {
    session.leave();
    return reply(220, 'as if you had just come');
  },
  HOST: (session, [host = '']) => {
    if (session.conn.user !== undefined) return reply(503, 'before USER');
    // An address in brackets, or a name; all of them are this server.
    const fine = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})$/.test(host);
    return fine ? reply(220, 'there is one host here, under any name') : reply(501, 'not a host');
  },
  QUIT: (session) => {
    session.conn.phase = 'Q';
    return reply(221, 'bye');
  },
} as const satisfies Record<string, Answer>;
