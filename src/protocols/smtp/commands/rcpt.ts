/** RCPT (RFC 5321 section 4.1.1.3) with NOTIFY and ORCPT (RFC 3461). */
import type { Recipient } from '../../../contracts/delivery.ts';
import { parsePath } from '../../../kit/address.ts';
import { badParameter, decodeXtext, type Parsed, parseParameters } from '../parameters.ts';
import { failureReply, reply } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';
import type { Transaction } from '../transaction.ts';
import type { Command } from './command.ts';
import { NOT_ASCII } from './mail.ts';

const RECIPIENT_OK = reply(250, '2.1.5', 'ok');
const NEED_MAIL = reply(503, '5.5.1', 'say MAIL first');
const TOO_LATE = reply(503, '5.5.1', 'the message has begun');
const TOO_MANY = reply(452, '4.5.3', 'too many recipients');
const SYNTAX = reply(501, '5.5.4', 'write RCPT TO:<address>');
const BAD_RECIPIENT = reply(501, '5.1.3', 'malformed address');
const NOTIFY = new Set(['SUCCESS', 'FAILURE', 'DELAY']);
const NOTHING: ReadonlySet<string> = new Set();
const DSN: ReadonlySet<string> = new Set(['NOTIFY', 'ORCPT']);

export const rcpt: Command = {
  run: (session, argument): Waits => {
    const { transaction, policy } = session;
    if (!transaction) return session.refuse(NEED_MAIL);
    if (transaction.incoming) return session.refuse(TOO_LATE);
    transaction.tried = true;
    const smtputf8 = transaction.sender.smtputf8 === true;
    const known = policy.recipients[smtputf8 ? 1 : 0];
    const recipient = known.get(argument, (text) => parseRcpt(text, smtputf8, policy.offers('dsn')));
    if (recipient.refusal) return session.refuse(recipient.refusal);
    if (transaction.accepted.length >= policy.ctx.options.recipients) {
      session.limit('recipients');
      session.say(TOO_MANY);
      return undefined;
    }
    const { delivery } = policy.ctx.services;
    try {
      const checking = delivery.check?.(recipient.value, session.deliverySession(), transaction.sender.from);
      if (checking) return check(session, transaction, recipient.value, checking);
    } catch (error) {
      refused(session, error);
      return undefined;
    }
    accept(session, transaction, recipient.value);
    return undefined;
  },
};

async function check(
  session: Session,
  transaction: Transaction,
  recipient: Recipient,
  checking: Promise<void>,
): Promise<void> {
  try {
    await checking;
  } catch (error) {
    refused(session, error);
    return;
  }
  accept(session, transaction, recipient);
}

function refused(session: Session, error: unknown): void {
  const refusal = failureReply(error);
  if (refusal.code >= 500) session.refuse(refusal);
  else session.say(refusal);
}

function accept(session: Session, transaction: Transaction, recipient: Recipient): void {
  if (session.fails('rcpt')) return;
  transaction.add(recipient);
  session.say(RECIPIENT_OK);
}

export function parseRcpt(argument: string, smtputf8: boolean, dsn: boolean): Parsed<Recipient> {
  if (!/^to:/i.test(argument)) return { refusal: SYNTAX };
  const parsed = parsePath(argument.slice(3).trimStart(), { smtputf8 });
  if (!parsed.path) return { refusal: parsed.problem === 'non-ascii' ? NOT_ASCII : BAD_RECIPIENT };
  const { address, rest } = parsed.path;
  if (rest === '') return { value: { address } };
  const parameters = parseParameters(rest, dsn ? DSN : NOTHING);
  if (parameters.refusal) return parameters;
  const notify = parameters.value.has('NOTIFY') ? readNotify(parameters.value.get('NOTIFY') ?? '') : undefined;
  if (parameters.value.has('NOTIFY') && !notify) return badParameter('NOTIFY');
  const orcpt = parameters.value.has('ORCPT') ? readOrcpt(parameters.value.get('ORCPT') ?? '') : undefined;
  if (parameters.value.has('ORCPT') && !orcpt) return badParameter('ORCPT');
  return { value: { address, ...(notify ? { notify } : {}), ...(orcpt ? { orcpt } : {}) } };
}

/** `NEVER`, or any of the others, each once. */
function readNotify(text: string): Recipient['notify'] {
  const words = text.toUpperCase().split(',');
  if (words.length === 1 && words[0] === 'NEVER') return ['NEVER'];
  const fine = words.every((word) => NOTIFY.has(word)) && new Set(words).size === words.length;
  return fine ? (words as ('SUCCESS' | 'FAILURE' | 'DELAY')[]) : undefined;
}

/** `rfc822;ann+2Bx@y.test` → `rfc822;ann+x@y.test`. */
function readOrcpt(text: string): string | undefined {
  const at = text.indexOf(';');
  const type = text.slice(0, Math.max(at, 0));
  const address = decodeXtext(text.slice(at + 1));
  return at > 0 && /^[A-Za-z0-9-]{1,32}$/.test(type) && address !== undefined ? `${type};${address}` : undefined;
}
