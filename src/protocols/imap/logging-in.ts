/** Every way to log in ends here (RFC 9051 section 6.2). */
import type { Identity, LoginSource } from '../../contracts/accounts.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { no, ok, type Reply } from './answer.ts';
import { capabilities } from './capabilities.ts';
import type { ImapStore, Session } from './session.ts';

/** Names that stand for everything captured, on a server that takes any login. */
const EVERYTHING = new Set(['*', 'all']);

export const TLS_FIRST = no('TLS first: STARTTLS', 'PRIVACYREQUIRED');
export const MALFORMED = no('malformed', 'CANNOT');

export function loginSource({ ctx, conn }: Session, mechanism: string): LoginSource {
  return {
    protocol: 'imap',
    server: ctx.server.id,
    conn: conn.id,
    address: conn.peer.address,
    loopback: conn.peer.loopback,
    secure: conn.secure,
    mechanism,
  };
}

/** A login is where the work begins: what it costs, and the mailboxes behind it (trust.md section 5). */
export function tooBusy({ ctx }: Session): Reply | undefined {
  return ctx.overloaded?.() ? no('too busy, try again later', 'UNAVAILABLE') : undefined;
}

export async function loggedIn(session: Session, identity: Identity | undefined): Promise<Reply> {
  if (!identity) return refused(session);
  const { accounts, mail } = session.ctx.services;
  const everything = accounts.mode === 'any' && !identity.known && EVERYTHING.has(identity.name);
  try {
    session.conn.user = identity.name;
  } catch (error) {
    if (asCsError(error).code !== 'CS_BUSY') throw error;
    return no('too many connections of this user', 'LIMIT');
  }
  session.store = readable(await mail.of(everything ? '*' : identity.name));
  session.identity = identity;
  session.conn.phase = 'C';
  return ok('logged in', `CAPABILITY ${(await capabilities(session)).join(' ')}`);
}

function readable(store: Partial<ImapStore>): ImapStore {
  if (store.open && store.changes) return store as ImapStore;
  throw new CsError('CS_UNSUPPORTED', 'this mail cannot be read by IMAP');
}

/** The delay is the accounts' affair: they have waited already. */
async function refused(session: Session): Promise<Reply> {
  session.failures += 1;
  if (session.failures >= session.ctx.options.loginTries) await session.bye('rejected too often');
  return no('rejected', 'AUTHENTICATIONFAILED');
}
