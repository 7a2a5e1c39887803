/** From a greeting to an account: TLS as the target wants it, then the best login both ends speak. */
import type { ClientContext, Dial } from '../../../contracts/protocol.ts';
import { CsError } from '../../../kit/errors.ts';
import { decodeBase64Line, encodeBase64Line, encodeInitialResponse } from '../../shared/sasl/base64.ts';
import { chooseMechanism, type SaslCredentials, startClient } from '../../shared/sasl/client.ts';
import { type ClientExchange, findMechanism, type Mechanism } from '../../shared/sasl/mechanism.ts';
import { encodeUtf8 } from '../syntax/binary-text.ts';
import { astring } from '../syntax/write.ts';
import { refusal } from './refusal.ts';
import { Session, type Tagged } from './session.ts';

/** Connects, secures, logs in and switches on what is used. Throws `CS_AUTH_REQUIRED`, `CS_AUTH_REJECTED`, `CS_TLS` ... */
export async function openSession(dial: Dial, ctx: ClientContext): Promise<Session> {
  const credentials = credentialsOf(ctx);
  const session = await Session.open(dial, ctx);
  try {
    await readCapabilities(session);
    await secure(session, ctx);
    if (!session.preauthenticated) await logIn(session, credentials, ctx);
    if (session.capabilities.has('QRESYNC'))
      await session.ask({ name: 'ENABLE', parts: ['ENABLE QRESYNC'], take: ({ kind }) => kind === 'data' });
    await compress(session);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Fewer octets on a way that is long; within this machine they cost nothing. A server that refuses is spoken to plainly. */
async function compress(session: Session): Promise<void> {
  if (session.conn.peer.loopback || !session.capabilities.has('COMPRESS=DEFLATE')) return;
  const { status } = await session.ask({ name: 'COMPRESS', parts: ['COMPRESS DEFLATE'] });
  if (status === 'OK') session.deflate();
}

export async function readCapabilities(session: Session, again = false): Promise<void> {
  if (session.capabilities.words.length > 0 && !again) return;
  await session.run({ name: 'CAPABILITY', parts: ['CAPABILITY'] });
  const { capabilities } = session;
  if (!capabilities.has('IMAP4REV1') && !capabilities.has('IMAP4REV2'))
    throw new CsError('CS_PEER_PROTOCOL', 'the server speaks neither IMAP4rev1 nor IMAP4rev2');
}

function credentialsOf({ target }: ClientContext): SaslCredentials {
  const { user, password, host, port } = target;
  if (user === undefined) {
    throw new CsError('CS_AUTH_REQUIRED', 'an IMAP account needs a login', {
      hint: 'imap://USER@HOST/ or --user USER',
    });
  }
  if (password === undefined) {
    const hint = '--password-file FILE (- is stdin), --password-fd N, CS_PASSWORD or ~/.netrc';
    throw new CsError('CS_AUTH_REQUIRED', `no password for ${user}`, { hint });
  }
  return { user, password, at: { host, port } };
}

/**
 * Does STARTTLS where it is wanted or of use. What is mandatory and not offered is `CS_TLS`, and so is a server that has
 * logged us in already: then there is no way to TLS any more (trust.md IM-16, CL-04).
 */
export async function secure(session: Session, { target, log }: ClientContext): Promise<void> {
  const { conn, capabilities } = session;
  if (conn.secure || target.tls === 'none' || target.tls === 'implicit') return;
  const offered = capabilities.has('STARTTLS');
  const required = target.tls === 'starttls-required';
  // Within this machine there is nobody to hide from, unless the server says otherwise.
  const useful = !conn.trusted || capabilities.has('LOGINDISABLED');
  if (!required && !useful) return log('info', 'tls.skipped', { reason: 'loopback' });
  if (session.preauthenticated) throw noTls('the server has logged us in before TLS could begin (PREAUTH)');
  if (!offered) throw noTls('the server offers no TLS (STARTTLS), and a password must not travel in clear text');
  await beginTls(session);
}

export async function beginTls(session: Session): Promise<void> {
  const answer = await session.ask({ name: 'STARTTLS', parts: ['STARTTLS'] });
  if (answer.status !== 'OK') throw noTls('the server refused STARTTLS');
  try {
    await session.startTls();
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_PEER_PROTOCOL')
      throw new CsError('CS_TLS', error.message, { cause: error });
    throw error;
  }
  await readCapabilities(session, true);
}

function noTls(words: string): CsError {
  return new CsError('CS_TLS', words, { hint: '--tls off goes on without' });
}

async function logIn(session: Session, credentials: SaslCredentials, ctx: ClientContext): Promise<void> {
  const trusted = session.conn.trusted || ctx.target.tls === 'none';
  const { capabilities } = session;
  // A bearer token is nothing that a mailbox's password could be.
  const spoken = capabilities
    .all('AUTH')
    .filter((word) => findMechanism(word) !== undefined && !/BEARER|XOAUTH2/.test(word));
  if (spoken.length > 0) await authenticate(session, chooseMechanism({ offered: spoken, trusted }), credentials);
  else await plainLogin(session, credentials, trusted);
  // What holds before a login need not hold after it (RFC 9051 section 7.2.2).
  await readCapabilities(session, !session.fresh);
}

async function plainLogin(session: Session, { user, password }: SaslCredentials, trusted: boolean): Promise<void> {
  if (session.capabilities.has('LOGINDISABLED')) throw new CsError('CS_AUTH_REJECTED', 'the server offers no login');
  if (!trusted) throw noTls('a password must not travel in clear text');
  const secret = password.reveal();
  if (/[\0\r\n]/.test(user + secret))
    throw new CsError('CS_INPUT', 'a login name or password holds a control character');
  const parts = ['LOGIN ', astring(encodeUtf8(user)), ' ', astring(encodeUtf8(secret))];
  settled(await session.ask({ name: 'LOGIN', parts }));
}

/** RFC 9051 section 6.2.2; an initial response goes along where the server takes that. */
async function authenticate(session: Session, mechanism: Mechanism, credentials: SaslCredentials): Promise<void> {
  const exchange = startClient(mechanism, credentials);
  const initial = session.capabilities.has('SASL-IR') ? exchange.begin() : undefined;
  const word = initial === undefined ? '' : ` ${encodeInitialResponse(initial)}`;
  const failure: { error?: unknown } = {};
  const done = await session.ask({
    name: 'AUTHENTICATE',
    parts: [`AUTHENTICATE ${mechanism}${word}`],
    answer: (challenge) => answer(exchange, challenge, failure),
  });
  if (failure.error !== undefined) throw failure.error;
  settled(done);
  exchange.finish();
}

/** What is wrong on our side ends the exchange with `*`; the server answers that, and the conversation stays in order. */
async function answer(exchange: ClientExchange, challenge: string, failure: { error?: unknown }): Promise<string> {
  try {
    return encodeBase64Line(await exchange.step(decodeBase64Line(challenge)));
  } catch (error) {
    failure.error = error;
    return '*';
  }
}

function settled(done: Tagged): void {
  if (done.status !== 'OK') throw refusal('the login', done, 'CS_AUTH_REJECTED');
}
