/** The commands of the authorization state, and CAPA (RFC 1939 section 4, RFC 2449, 2595, 5034, 6856). */
import type { Identity, LoginSource } from '../../contracts/accounts.ts';
import type { CsError } from '../../kit/errors.ts';
import { forget, Secret } from '../../kit/secret.ts';
import { COMMANDS, type CommandName, ruleOf } from './commands.ts';
import { Maildrop } from './maildrop.ts';
import type { Session } from './session.ts';
import type { Answer } from './transaction.ts';

/** Names that stand for everything captured, on a server that takes any login. */
const EVERYTHING = new Set(['*', 'all']);

export const TLS_FIRST = 'TLS first: STLS';

export function loginSource({ ctx, conn }: Session, mechanism: string): LoginSource {
  return {
    protocol: 'pop3',
    server: ctx.server.id,
    conn: conn.id,
    address: conn.peer.address,
    loopback: conn.peer.loopback,
    secure: conn.secure,
    mechanism,
  };
}

/** Whether a password may be said now: where TLS is at hand it never travels in clear text to another machine. */
export function mayLogIn({ ctx, conn }: Session): boolean {
  if (conn.secure || ctx.tls === 'off') return true;
  return ctx.tls !== 'required' && conn.trusted;
}

/** A login is where the work begins: what it costs, and the mailbox behind it (trust.md section 5). */
export function tooBusy(session: Session): Promise<void> | undefined {
  return session.ctx.overloaded?.() ? session.err('too busy, try again later', 'SYS/TEMP') : undefined;
}

/** Every way to log in ends here: the maildrop is opened, or the client is told why not. */
export async function loggedIn(session: Session, identity: Identity | undefined): Promise<void> {
  if (!identity) return refuse(session);
  const { accounts, mail } = session.ctx.services;
  const everything = accounts.mode === 'any' && !identity.known && EVERYTHING.has(identity.name);
  const maildrop = await Maildrop.open(mail, everything ? '*' : identity.name);
  if (!maildrop) return session.err('another session has this mailbox', 'IN-USE');
  session.maildrop = maildrop;
  session.conn.user = identity.name;
  session.conn.phase = 'C';
  const { count, octets } = maildrop.totals();
  await session.ok(`${count} messages (${octets} octets)`);
}

/** The delay is the accounts' affair: they have waited already. */
export async function refuse(session: Session): Promise<void> {
  session.failures += 1;
  session.user = undefined;
  session.over = session.failures >= session.ctx.options.loginTries;
  await session.err(session.over ? 'rejected too often, bye' : 'rejected', 'AUTH');
}

/** RFC 2449 section 6, in the table's order; what does not hold now is not announced. */
export function capabilities(session: Session, mechanisms: readonly string[]): string[] {
  const { conn, ctx, wire } = session;
  const holds: Partial<Record<CommandName, boolean>> = {
    STLS: !conn.secure && wire.state === 'authorization' && (ctx.tls === 'offered' || ctx.tls === 'required'),
    USER: mayLogIn(session),
    SASL: mechanisms.length > 0,
  } as Partial<Record<CommandName, boolean>>;
  const named = Object.keys(COMMANDS).flatMap((name) => {
    const { capability } = ruleOf(name as CommandName);
    if (capability === undefined || holds[capability as CommandName] === false) return [];
    return capability === 'SASL' ? [`SASL ${mechanisms.join(' ')}`] : [capability];
  });
  return [...named, 'PIPELINING', 'RESP-CODES', 'AUTH-RESP-CODE', 'EXPIRE NEVER', `IMPLEMENTATION cs-${ctx.version}`];
}

const login: Answer = async (session, { args: [text = ''] }) => {
  const { user } = session;
  if (user === undefined) return session.err('USER first');
  if (!mayLogIn(session)) return session.err(TLS_FIRST, 'SYS/PERM');
  const busy = tooBusy(session);
  if (busy) return busy;
  const password = new Secret(text);
  try {
    const { accounts } = session.ctx.services;
    const proof = { kind: 'password', password } as const;
    await loggedIn(session, await accounts.verify(user, proof, loginSource(session, 'USER'), session.conn.signal));
  } finally {
    forget(password);
  }
};

export const AUTHORIZATION = {
  USER: (session, { args: [name] }) => {
    // Before the password is on its way, not after (trust.md PO-01).
    if (!mayLogIn(session)) return session.err(TLS_FIRST, 'SYS/PERM');
    session.user = name;
    // Said to everybody alike, so that names cannot be told apart.
    return session.ok('and the password?');
  },
  PASS: login,
  UTF8: (session) => {
    session.utf8 = true;
    return session.ok('UTF-8 it is');
  },
  STLS: async (session) => {
    const { conn, ctx, wire } = session;
    if (conn.secure) return session.err('TLS has begun already');
    if (ctx.tls !== 'offered' && ctx.tls !== 'required') return session.err('no TLS here');
    await session.ok('begin TLS');
    // What was pipelined behind STLS in clear text is dropped (RFC 2595 section 4).
    wire.upgraded();
    await session.distrust.secure(conn);
    session.silent = true;
    conn.phase = 'A';
    session.user = undefined;
    session.utf8 = false;
  },
} as const satisfies Record<string, Answer>;

/** A failed command in POP3's words (RFC 3206): what may help later is SYS/TEMP, the rest carries no code. */
export function failureStatus(error: CsError): { readonly text: string; readonly code?: string } {
  if (error.blame === 'bug') return { text: 'internal error', code: 'SYS/TEMP' };
  if (error.code === 'CS_NOT_FOUND') return { text: 'the message is gone' };
  return error.retryable || error.blame === 'system'
    ? { text: 'try again later', code: 'SYS/TEMP' }
    : { text: 'failed' };
}
