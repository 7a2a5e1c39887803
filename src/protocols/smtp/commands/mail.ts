/** MAIL (RFC 5321 section 4.1.1.2) with SIZE, BODY, SMTPUTF8, RET, ENVID and AUTH. */
import { parsePath } from '../../../kit/address.ts';
import { badParameter, decodeXtext, type Parameters, type Parsed, parseParameters } from '../parameters.ts';
import type { Extension, Policy } from '../policy.ts';
import { NEED_LOGIN, type Reply, reply, TOO_BIG, TOO_BUSY } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';
import { type Sender, Transaction } from '../transaction.ts';
import type { Command } from './command.ts';

const SENDER_OK = reply(250, '2.1.0', 'ok');
const NESTED = reply(503, '5.5.1', 'a message is under way already');
const GREET_FIRST = reply(503, '5.5.1', 'say HELO or EHLO first');
const SYNTAX = reply(501, '5.5.4', 'write MAIL FROM:<address>');
const BAD_SENDER = reply(501, '5.1.7', 'malformed address');
export const NOT_ASCII = reply(553, '5.6.7', 'the address needs SMTPUTF8');

const KEYWORDS: readonly (readonly [string, Extension])[] = [
  ['SIZE', 'size'],
  ['BODY', '8bitmime'],
  ['SMTPUTF8', 'smtputf8'],
  ['RET', 'dsn'],
  ['ENVID', 'dsn'],
  ['AUTH', 'auth'],
];
const BODIES = new Set(['7BIT', '8BITMIME', 'BINARYMIME'] as const);

export const mail: Command = {
  run: (session, argument): Waits => {
    const refusal = outOfOrder(session);
    if (refusal) return session.refuse(refusal);
    const { policy } = session;
    // No error of the client's: it is not counted against it.
    if (policy.ctx.overloaded?.()) return session.say(TOO_BUSY);
    const sender = policy.senders.get(argument, (text) => parseMail(text, policy));
    if (sender.refusal) {
      if (sender.refusal === TOO_BIG) session.limit('message_bytes');
      return session.refuse(sender.refusal);
    }
    if (session.fails('mail')) return undefined;
    session.transaction = new Transaction(sender.value);
    session.say(SENDER_OK);
    return undefined;
  },
};

function outOfOrder(session: Session): Reply | undefined {
  if (session.greeting === undefined) return GREET_FIRST;
  if (session.transaction) return NESTED;
  if (session.policy.loginRequired && session.identity === undefined) return NEED_LOGIN;
  return undefined;
}

export function parseMail(argument: string, policy: Policy): Parsed<Sender> {
  if (!/^from:/i.test(argument)) return { refusal: SYNTAX };
  // Many clients put a space behind the colon.
  const { path } = parsePath(argument.slice(5).trimStart(), { reverse: true, smtputf8: true });
  if (!path) return { refusal: BAD_SENDER };
  const parameters = parseParameters(path.rest, known(policy));
  if (parameters.refusal) return parameters;
  return readSender(path.address, parameters.value, policy);
}

function known(policy: Policy): ReadonlySet<string> {
  return new Set(KEYWORDS.filter(([, extension]) => policy.offers(extension)).map(([keyword]) => keyword));
}

function readSender(from: string, parameters: Parameters, policy: Policy): Parsed<Sender> {
  const size = parameters.get('SIZE');
  if (parameters.has('SIZE') && !/^\d{1,20}$/.test(size ?? '')) return badParameter('SIZE');
  if (size !== undefined && Number(size) > policy.ctx.options.size) return { refusal: TOO_BIG };
  const body = parameters.get('BODY')?.toUpperCase() as Sender['body'];
  if (parameters.has('BODY') && !isBody(body, policy)) return badParameter('BODY');
  const smtputf8 = parameters.has('SMTPUTF8');
  if (smtputf8 && parameters.get('SMTPUTF8') !== undefined) return badParameter('SMTPUTF8');
  if (!smtputf8 && /[^\x00-\x7f]/.test(from)) return { refusal: NOT_ASCII };
  const ret = parameters.get('RET')?.toUpperCase();
  if (parameters.has('RET') && ret !== 'FULL' && ret !== 'HDRS') return badParameter('RET');
  const envid = decodeXtext(parameters.get('ENVID') ?? '');
  if (parameters.has('ENVID') && (envid === undefined || envid.length > 100)) return badParameter('ENVID');
  const login = parameters.get('AUTH');
  if (parameters.has('AUTH') && login !== '<>' && decodeXtext(login ?? '') === undefined) return badParameter('AUTH');
  return {
    value: {
      from,
      ...(body ? { body } : {}),
      ...(smtputf8 ? { smtputf8 } : {}),
      ...(ret ? { ret: ret as 'FULL' | 'HDRS' } : {}),
      ...(envid ? { envid } : {}),
      ...(size === undefined ? {} : { size: Number(size) }),
    },
  };
}

function isBody(body: Sender['body'], policy: Policy): boolean {
  return body !== undefined && BODIES.has(body) && (body !== 'BINARYMIME' || policy.offers('binarymime'));
}
