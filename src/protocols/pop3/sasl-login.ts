/** AUTH (RFC 5034), and CAPA, which lists its mechanisms. */
import { asCsError } from '../../kit/errors.ts';
import { decodeBase64Line, decodeInitialResponse, encodeBase64Line, isCancel } from '../shared/sasl/base64.ts';
import { findMechanism, type Mechanism, type ServerExchange } from '../shared/sasl/mechanism.ts';
import { mechanisms, startServer } from '../shared/sasl/server.ts';
import { capabilities, loggedIn, loginSource, mayLogIn, refuse, TLS_FIRST, tooBusy } from './authorization.ts';
import type { Session } from './session.ts';
import type { Answer } from './transaction.ts';

function offered(session: Session): Promise<readonly Mechanism[]> {
  return mechanisms({ accounts: session.ctx.services.accounts, trusted: mayLogIn(session) });
}

/** Octets of a line, or undefined for what is not base64. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (asCsError(error).code === 'CS_PEER_PROTOCOL') return undefined;
    throw error;
  }
}

async function advance(session: Session, exchange: ServerExchange, response: Uint8Array | undefined): Promise<void> {
  const step = await exchange.step(response, session.conn.signal);
  if (step.challenge !== undefined) {
    session.exchange = (line) => respond(session, exchange, line);
    return session.challenge(encodeBase64Line(step.challenge));
  }
  if (step.identity) return loggedIn(session, step.identity);
  return step.failure === 'malformed' ? session.err('malformed response') : refuse(session);
}

async function respond(session: Session, exchange: ServerExchange, line: string): Promise<void> {
  session.exchange = undefined;
  if (isCancel(line)) return session.err('cancelled');
  const response = decoded(() => decodeBase64Line(line));
  return response === undefined ? session.err('not base64') : advance(session, exchange, response);
}

export const SASL = {
  CAPA: async (session) => session.lines('what this server can do', capabilities(session, await offered(session))),
  AUTH: async (session, { args: [name, initial] }) => {
    const list = await offered(session);
    if (name === undefined) return session.lines('mechanisms', list);
    const mechanism = findMechanism(name);
    if (mechanism === undefined || !list.includes(mechanism)) {
      return mayLogIn(session) ? session.err('no such mechanism') : session.err(TLS_FIRST, 'SYS/PERM');
    }
    const busy = tooBusy(session);
    if (busy) return busy;
    const response = decoded(() => ({ octets: decodeInitialResponse(initial) }));
    if (response === undefined) return session.err('not base64');
    const source = loginSource(session, mechanism);
    const config = { accounts: session.ctx.services.accounts, source, trusted: mayLogIn(session) };
    return advance(session, startServer(mechanism, config), response.octets);
  },
} as const satisfies Record<string, Answer>;
