/** What this server can do, as it may be said now (RFC 9051 section 7.2.1). Only what works completely stands here. */
import { mechanisms } from '../shared/sasl/server.ts';
import { knowsIds } from './object-ids.ts';
import type { Session } from './session.ts';

const ALWAYS = ['IMAP4rev1', 'IMAP4rev2', 'SASL-IR', 'ID', 'ENABLE'] as const;

const AFTER_LOGIN = [
  'LITERAL+',
  'IDLE',
  'NAMESPACE',
  'CHILDREN',
  'UIDPLUS',
  'UIDONLY',
  'MOVE',
  'UNSELECT',
  'UNAUTHENTICATE',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'ESEARCH',
  'SEARCHRES',
  'PARTIAL',
  'WITHIN',
  'INPROGRESS',
  'SAVEDATE',
  'PREVIEW',
  'CONDSTORE',
  'QRESYNC',
  'BINARY',
  'MULTIAPPEND',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
  'UTF8=ACCEPT',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
] as const;

/** Whether a password may be said now: where TLS is at hand it never travels in clear text to another machine. */
export function mayLogIn({ ctx, conn }: Session): boolean {
  if (conn.secure || ctx.tls === 'off') return true;
  return ctx.tls !== 'required' && conn.trusted;
}

export async function capabilities(session: Session): Promise<readonly string[]> {
  const { ctx, conn } = session;
  if (session.store) {
    const limit = `APPENDLIMIT=${ctx.options.appendLimit}`;
    const able = [...(knowsIds(session) ? ['OBJECTID'] : []), ...(session.store.replace ? ['REPLACE'] : [])];
    return [...ALWAYS, ...AFTER_LOGIN, limit, ...able, ...(session.compressed ? [] : ['COMPRESS=DEFLATE'])];
  }
  const allowed = mayLogIn(session);
  const offered = await mechanisms({ accounts: ctx.services.accounts, trusted: allowed });
  const starttls = !conn.secure && (ctx.tls === 'offered' || ctx.tls === 'required');
  return [
    ...ALWAYS,
    // Before a login nobody may send more than 4 KiB unasked (RFC 7888 section 5).
    'LITERAL-',
    ...(starttls ? ['STARTTLS'] : []),
    ...(allowed ? [] : ['LOGINDISABLED']),
    ...offered.map((mechanism) => `AUTH=${mechanism}`),
  ];
}
