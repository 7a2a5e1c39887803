import { forget, Secret } from '../../../kit/secret.ts';
import type { Answer } from '../answer.ts';
import { mayLogIn } from '../capabilities.ts';
import { loggedIn, loginSource, MALFORMED, TLS_FIRST, tooBusy } from '../logging-in.ts';
import { decodeUtf8 } from '../syntax/binary-text.ts';

export const login: Answer = async (session, { cursor }) => {
  if (!mayLogIn(session)) return TLS_FIRST;
  cursor.space();
  const user = decodeUtf8(cursor.astring('a name'));
  cursor.space();
  const text = decodeUtf8(cursor.astring('a password'));
  cursor.end();
  if (!user || text === undefined) return MALFORMED;
  const busy = tooBusy(session);
  if (busy) return busy;
  const password = new Secret(text);
  try {
    const { accounts } = session.ctx.services;
    const proof = { kind: 'password', password } as const;
    return await loggedIn(
      session,
      await accounts.verify(user, proof, loginSource(session, 'LOGIN'), session.conn.signal),
    );
  } finally {
    forget(password);
  }
};
