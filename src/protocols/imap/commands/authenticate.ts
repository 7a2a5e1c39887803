/** AUTHENTICATE (RFC 9051 section 6.2.2) with an initial response (RFC 4959). */
import { asCsError } from '../../../kit/errors.ts';
import { decodeBase64Line, decodeInitialResponse, encodeBase64Line, isCancel } from '../../shared/sasl/base64.ts';
import { findMechanism, type ServerExchange } from '../../shared/sasl/mechanism.ts';
import { mechanisms, startServer } from '../../shared/sasl/server.ts';
import { type Answer, bad, failureReply, no, type Reply } from '../answer.ts';
import { mayLogIn } from '../capabilities.ts';
import { loggedIn, loginSource, MALFORMED, TLS_FIRST, tooBusy } from '../logging-in.ts';
import type { Session } from '../session.ts';

const NOT_BASE64 = bad('not base64');

export const authenticate: Answer = async (session, { tag, cursor }) => {
  cursor.space();
  const name = cursor.atom('a mechanism');
  const initial = cursor.accept(' ') ? cursor.rest() : undefined;
  cursor.end();
  const mechanism = findMechanism(name);
  const { accounts } = session.ctx.services;
  const trusted = mayLogIn(session);
  const offered = await mechanisms({ accounts, trusted });
  if (mechanism === undefined || !offered.includes(mechanism)) {
    return trusted ? no('no such mechanism', 'CANNOT') : TLS_FIRST;
  }
  const busy = tooBusy(session);
  if (busy) return busy;
  const response = decoded(() => ({ octets: decodeInitialResponse(initial) }));
  if (!response) return NOT_BASE64;
  const config = { accounts, source: loginSource(session, mechanism), trusted };
  return advance(session, tag, startServer(mechanism, config), response.octets);
};

/** Undefined for what is not base64, or too much of it. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (asCsError(error).blame === 'peer') return undefined;
    throw error;
  }
}

async function advance(
  session: Session,
  tag: string,
  exchange: ServerExchange,
  response: Uint8Array | undefined,
): Promise<Reply | undefined> {
  const step = await exchange.step(response, session.conn.signal);
  if (step.challenge === undefined) {
    return step.identity === undefined && step.failure === 'malformed' ? MALFORMED : loggedIn(session, step.identity);
  }
  session.exchange = (line) => respond(session, tag, exchange, line);
  session.reader.plain = true;
  session.out.text(`+ ${encodeBase64Line(step.challenge)}\r\n`);
  await session.flush();
  return undefined;
}

async function respond(session: Session, tag: string, exchange: ServerExchange, line: string): Promise<void> {
  const reply = await answered(session, tag, exchange, line);
  if (reply && !session.over) session.answer(tag, reply);
}

async function answered(
  session: Session,
  tag: string,
  exchange: ServerExchange,
  line: string,
): Promise<Reply | undefined> {
  if (isCancel(line)) return bad('cancelled');
  const response = decoded(() => decodeBase64Line(line));
  if (!response) return NOT_BASE64;
  try {
    return await advance(session, tag, exchange, response);
  } catch (error) {
    const failure = asCsError(error);
    if (session.conn.signal.aborted || failure.blame === 'bug') throw failure;
    return failureReply(failure);
  }
}
