/** AUTH (RFC 4954): an exchange of base64 lines with one SASL mechanism. */
import type { Identity, LoginSource } from '../../../contracts/accounts.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { decodeBase64Line, decodeInitialResponse, encodeBase64Line, isCancel } from '../../shared/sasl/base64.ts';
import { findMechanism, type SaslFailure, type ServerExchange } from '../../shared/sasl/mechanism.ts';
import { startServer } from '../../shared/sasl/server.ts';
import { NEED_TLS, NOT_OFFERED, type Reply, reply } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';
import type { Command } from './command.ts';

const WELCOME = reply(235, '2.7.0', 'logged in');
const ALREADY = reply(503, '5.5.1', 'logged in already');
const UNDER_WAY = reply(503, '5.5.1', 'a message is under way');
const GREET_FIRST = reply(503, '5.5.1', 'say EHLO first');
const UNKNOWN_MECHANISM = reply(504, '5.5.4', 'mechanism not offered');
const SYNTAX = reply(501, '5.5.4', 'write AUTH mechanism [initial-response]');
const NOT_BASE64 = reply(501, '5.5.2', 'not base64');
const UNSAFE = reply(538, '5.7.11', 'encryption required for this mechanism');
const TOO_LONG = reply(500, '5.5.6', 'authentication line too long');
const BUSY = reply(454, '4.7.0', 'too busy, try again later');
const TOO_MANY = reply(421, '4.7.0', 'too many failed logins');

const FAILURES: Readonly<Record<SaslFailure, Reply>> = {
  credentials: reply(535, '5.7.8', 'wrong name or password'),
  authzid: reply(535, '5.7.8', 'nobody acts for another here'),
  malformed: reply(501, '5.5.2', 'malformed response'),
  cancelled: reply(501, '5.7.0', 'cancelled'),
};

export const auth: Command = {
  run: (session, argument): Waits => {
    const { policy, conn } = session;
    if (!policy.offers('auth')) return session.refuse(NOT_OFFERED);
    const [word = '', initial, ...more] = argument.split(/ +/);
    if (word === '' || more.length > 0) return session.refuse(SYNTAX);
    const refusal = outOfOrder(session);
    if (refusal) return session.refuse(refusal);
    if (session.failedLogins >= policy.ctx.options.loginTries) {
      session.limit('failed_logins');
      return session.dismiss(TOO_MANY, 'L');
    }
    const mechanism = findMechanism(word);
    if (!mechanism) return session.refuse(conn.trusted ? UNKNOWN_MECHANISM : UNSAFE);
    if (session.fails('auth')) return undefined;
    conn.phase = 'A';
    return exchange(session, mechanism, initial);
  },
};

function outOfOrder(session: Session): Reply | undefined {
  if (session.greeting !== 'EHLO') return GREET_FIRST;
  if (session.identity !== undefined) return ALREADY;
  if (session.transaction) return UNDER_WAY;
  return session.policy.ctx.tls === 'required' && !session.conn.secure ? NEED_TLS : undefined;
}

function source(session: Session): LoginSource {
  const { conn, policy } = session;
  const { address } = session;
  const { loopback } = conn.peer;
  const { id } = policy.ctx.server;
  return { protocol: 'smtp', server: id, conn: conn.id, address, loopback, secure: conn.secure };
}

function exchange(session: Session, mechanism: Parameters<typeof startServer>[0], initial: string | undefined): Waits {
  try {
    const { accounts } = session.policy.ctx.services;
    const started = startServer(mechanism, { accounts, source: source(session), trusted: session.conn.trusted });
    return step(session, started, decodeInitialResponse(initial));
  } catch (error) {
    return ended(session, failure(error));
  }
}

async function step(session: Session, running: ServerExchange, response: Uint8Array | undefined): Promise<void> {
  session.continuation = undefined;
  try {
    const said = await running.step(response, session.conn.signal);
    if (!said.done) return ask(session, running, said.challenge);
    if (said.identity) return logIn(session, said.identity);
    if (said.failure !== 'cancelled') session.failedLogins += 1;
    ended(session, FAILURES[said.failure]);
  } catch (error) {
    ended(session, failure(error));
  }
}

function ask(session: Session, running: ServerExchange, challenge: Uint8Array): void {
  session.say(reply(334, undefined, encodeBase64Line(challenge)));
  session.continuation = (line) => {
    session.continuation = undefined;
    if (isCancel(line)) return ended(session, FAILURES.cancelled);
    try {
      return step(session, running, decodeBase64Line(line));
    } catch (error) {
      return ended(session, failure(error));
    }
  };
}

function logIn(session: Session, identity: Identity): undefined {
  try {
    session.conn.user = identity.name;
  } catch (error) {
    return ended(session, failure(error));
  }
  session.identity = identity.name;
  session.session.user = identity.name;
  session.conn.phase = 'C';
  return session.say(WELCOME);
}

function ended(session: Session, refusal: Reply): undefined {
  session.continuation = undefined;
  session.conn.phase = 'C';
  if (refusal === TOO_LONG) return session.dismiss(TOO_LONG, 'L');
  return refusal.code >= 500 ? session.refuse(refusal) : session.say(refusal);
}

/** Throws what is no failure of a login. */
function failure(error: unknown): Reply {
  const { code } = asCsError(error);
  if (code === 'CS_BUSY') return BUSY;
  if (code === 'CS_UNSAFE') return UNSAFE;
  if (code === 'CS_PEER_PROTOCOL') return NOT_BASE64;
  if (code === 'CS_PEER_LIMIT') return TOO_LONG;
  throw error instanceof CsError ? error : new CsError('CS_BUG', 'a login failed in an unknown way', { cause: error });
}
