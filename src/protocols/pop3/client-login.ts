/** From a greeting to a mailbox: TLS as the target wants it, then the best login both ends speak. */
import type { ClientContext, Dial } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import { decodeBase64Line, encodeBase64Line, encodeInitialResponse } from '../shared/sasl/base64.ts';
import { chooseMechanism, type SaslCredentials, startClient } from '../shared/sasl/client.ts';
import { type ClientExchange, findMechanism, type Mechanism } from '../shared/sasl/mechanism.ts';
import { ClientSession, refusal } from './client-session.ts';
import { COMMAND_LIMIT } from './wire.ts';

/** Connects, secures and logs in. Throws `CS_AUTH_REQUIRED`, `CS_AUTH_REJECTED`, `CS_TLS`, `CS_PEER_TEMPORARY` ... */
export async function openMailbox(dial: Dial, ctx: ClientContext): Promise<ClientSession> {
  const credentials = credentialsOf(ctx);
  const session = await ClientSession.open(dial, ctx);
  try {
    await session.readCapabilities();
    await secure(session, ctx);
    if (session.capabilities.has('UTF8')) await session.ask('UTF8');
    await logIn(session, credentials, ctx);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function credentialsOf({ target }: ClientContext): SaslCredentials {
  const { user, password, host, port } = target;
  if (user === undefined) {
    throw new CsError('CS_AUTH_REQUIRED', 'a POP3 mailbox needs a login', { hint: 'pop3://USER@HOST/ or --user USER' });
  }
  if (password === undefined) {
    const hint = '--password-file FILE (- is stdin), --password-fd N, CS_PASSWORD or ~/.netrc';
    throw new CsError('CS_AUTH_REQUIRED', `no password for ${user}`, { hint });
  }
  return { user, password, at: { host, port } };
}

/** Does STLS where it is wanted or of use. What is mandatory and not offered is `CS_TLS` (trust.md CL-04). */
export async function secure(session: ClientSession, { target, log }: ClientContext): Promise<void> {
  const { conn, capabilities } = session;
  if (conn.secure || target.tls === 'none' || target.tls === 'implicit') return;
  const offered = capabilities.has('STLS');
  const required = target.tls === 'starttls-required';
  // Within this machine there is nobody to hide from, unless the server says otherwise.
  const useful = !conn.trusted || !(capabilities.has('USER') || capabilities.has('SASL'));
  if (!required && !useful) return log('info', 'tls.skipped', { reason: 'loopback' });
  if (!required && !offered && conn.trusted) return;
  if (!offered && capabilities.size > 0) throw noTls();
  const { status } = await session.ask('STLS');
  if (!status.ok) throw noTls();
  await session.startTls();
}

function noTls(): CsError {
  return new CsError('CS_TLS', 'the server offers no TLS (STLS), and a password must not travel in clear text', {
    hint: '--tls off sends it all the same',
  });
}

async function logIn(session: ClientSession, credentials: SaslCredentials, ctx: ClientContext): Promise<void> {
  const trusted = session.conn.trusted || ctx.target.tls === 'none';
  const offered = session.capabilities.get('SASL') ?? [];
  // A bearer token is nothing that a mailbox's password could be.
  const spoken = offered.filter((word) => findMechanism(word) !== undefined && !/BEARER|XOAUTH2/i.test(word));
  if (spoken.length > 0) return authenticate(session, chooseMechanism({ offered: spoken, trusted }), credentials);
  if (!trusted) throw noTls();
  await session.demand('USER', [credentials.user]);
  const { status } = await session.ask('PASS', [credentials.password.reveal()]);
  if (!status.ok) throw rejected(status);
}

/** RFC 5034 section 4; an initial response that makes the line too long waits for the first challenge. */
async function authenticate(session: ClientSession, mechanism: Mechanism, credentials: SaslCredentials): Promise<void> {
  let exchange = startClient(mechanism, credentials);
  const initial = exchange.begin();
  const word = initial && encodeInitialResponse(initial);
  const fits = word !== undefined && `AUTH ${mechanism} ${word}\r\n`.length <= COMMAND_LIMIT;
  if (!fits) exchange = startClient(mechanism, credentials);
  await session.send('AUTH', ...(fits ? [mechanism, word] : [mechanism]));
  await converse(session, exchange);
}

async function converse(session: ClientSession, exchange: ClientExchange): Promise<void> {
  for (;;) {
    const said = await session.next();
    if (said.kind === 'challenge') {
      const response = await exchange.step(decodeBase64Line(said.text));
      await session.conn.write(session.wire.respond(encodeBase64Line(response)));
    } else if (said.kind === 'status') {
      if (!said.ok) throw rejected(said);
      return exchange.finish();
    } else throw new CsError('CS_PEER_PROTOCOL', 'lines inside AUTH');
  }
}

function rejected(status: Parameters<typeof refusal>[1]): CsError {
  return refusal('the login', status, status.code === 'SYS/PERM' ? 'CS_PEER_REFUSED' : 'CS_AUTH_REJECTED');
}
