/** AUTH (RFC 4954), any mechanism. */
import type { ClientContext } from '../../contracts/protocol.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { decodeBase64Line, encodeBase64Line, encodeInitialResponse } from '../shared/sasl/base64.ts';
import { chooseMechanism, startClient } from '../shared/sasl/client.ts';
import type { ClientExchange } from '../shared/sasl/mechanism.ts';
import type { Capabilities } from './client-capabilities.ts';
import type { clientOptions } from './client-options.ts';
import { isPositive, type Reply, refusal, replyLine } from './client-reply.ts';
import type { Session } from './client-session.ts';

/** Octets of name and secret that still fit into one command line (RFC 5321 section 4.5.3.1.4) as base64. */
const FITS = 300;

/** Logs in where the target names a user; resolves to the mechanism. Throws `CS_AUTH_REJECTED`, `CS_UNSAFE`. */
export async function logIn(
  session: Session,
  capabilities: Capabilities,
  ctx: ClientContext<typeof clientOptions>,
): Promise<string | undefined> {
  const { user, password, host, port } = ctx.target;
  if (user === undefined) return undefined;
  if (password === undefined) {
    throw new CsError('CS_AUTH_REQUIRED', `no password for ${JSON.stringify(user)}`, { hint: 'give --password-file' });
  }
  const wanted = ctx.options.auth === 'any' ? {} : { wanted: ctx.options.auth };
  const mechanism = chooseMechanism({ offered: capabilities.auth, trusted: session.conn.trusted, ...wanted });
  const fits = Buffer.byteLength(user) + Buffer.byteLength(password.reveal()) <= FITS;
  await exchange(session, startClient(mechanism, { user, password, at: { host, port } }), fits);
  return mechanism;
}

async function exchange(session: Session, sasl: ClientExchange, fits: boolean): Promise<void> {
  const initial = fits ? sasl.begin() : undefined;
  const words = ['AUTH', sasl.mechanism, ...(initial === undefined ? [] : [encodeInitialResponse(initial)])];
  let reply = await session.command(words.join(' '));
  while (reply.code === 334) reply = await session.command(await answer(session, sasl, reply));
  if (!isPositive(reply)) throw rejected(reply, sasl.mechanism);
  sasl.finish();
}

async function answer(session: Session, sasl: ClientExchange, reply: Reply): Promise<string> {
  try {
    return encodeBase64Line(await sasl.step(decodeBase64Line(reply.lines[0] ?? '')));
  } catch (error) {
    // The server is told that we give up (RFC 4954 section 4); what it says to that changes nothing.
    await session.command('*').catch(() => {});
    throw asCsError(error);
  }
}

function rejected(reply: Reply, mechanism: string): CsError {
  if (reply.code < 500) return refusal(reply, `AUTH ${mechanism}`);
  return new CsError('CS_AUTH_REJECTED', `the server rejected the login (${mechanism})`, {
    reply: replyLine(reply),
    hint: 'check --user and the password',
  });
}
