/** What DATA and BDAT share: a draft is opened, filled, committed, and only then answered with 250. */
import type { Draft, Envelope, Receipt } from '../../../contracts/delivery.ts';
import { Incoming } from '../incoming.ts';
import { failureReply, parseReply, type Reply, reply, TOO_BIG } from '../reply.ts';
import type { Session } from '../session.ts';
import { traceFields } from '../trace.ts';
import type { Transaction } from '../transaction.ts';

const NO_RCPT = reply(503, '5.5.1', 'say RCPT first');
const NOBODY = reply(554, '5.5.1', 'no valid recipients');
const NEED_MAIL = reply(503, '5.5.1', 'say MAIL first');
const ACCEPTED = reply(250, '2.1.5', 'ok');
const PLAIN = { stored: '250', taken: '250' };
const STORED = 'ok, stored as ';

/** Why a message cannot begin now. */
export function notReady(transaction: Transaction | undefined): Reply | undefined {
  if (!transaction) return NEED_MAIL;
  if (transaction.accepted.length > 0) return undefined;
  return transaction.tried ? NOBODY : NO_RCPT;
}

/** The draft, or a promise of it. Throws what the delivery throws. */
export function openDraft(session: Session, transaction: Transaction): Draft | Promise<Draft> {
  const { conversation } = session;
  const envelope: Envelope = {
    ...transaction.sender,
    to: transaction.recipients,
    session: {
      ...session.deliverySession(),
      ...(conversation && { transcript: () => conversation.text(said(session, transaction)) }),
    },
  };
  return session.policy.ctx.services.delivery.open(envelope);
}

export function startIncoming(session: Session, transaction: Transaction, draft: Draft): Incoming {
  const { ctx, lenient } = session.policy;
  const { size, hops, trace } = ctx.options;
  const anyOctet = lenient || transaction.sender.body === 'BINARYMIME';
  const incoming = new Incoming(draft, { size, hops, anyOctet });
  if (trace === 'on') {
    const fields = traceFields(transaction, session.deliverySession(), ctx.server.hostname, new Date());
    void incoming.prepend(fields);
  }
  transaction.incoming = incoming;
  return incoming;
}

/** How the transcript of a message that will be stored ends: the answer as far as it is known before, as the store wants it. */
function said({ policy }: Session, { accepted }: Transaction): string {
  const code = policy.offers('enhancedstatuscodes') ? { stored: '250 2.0.0', taken: '250 2.1.5' } : PLAIN;
  if (!policy.lmtp) return `S: ${code.stored} ${STORED}`;
  return `${`S: ${code.taken} ok\n`.repeat(accepted.length)}# stored as `;
}

/** The end of a message that could not begin. */
export function cannotOpen(session: Session, error: unknown): undefined {
  session.log('warn', 'smtp.refused', error);
  session.reset();
  return session.say(failureReply(error));
}

/** Commits and answers; the transaction is over, whatever came of it. */
export async function finish(session: Session, transaction: Transaction, incoming: Incoming): Promise<void> {
  if (session.fails('message')) {
    await incoming.abort();
    session.reset();
    return;
  }
  const receipt = await incoming.commit();
  transaction.incoming = undefined;
  if (session.transaction === transaction) session.reset();
  if (receipt) {
    session.forgive();
    answer(session, transaction, receipt);
    session.conversation?.stored();
  } else decline(session, transaction, incoming);
}

function decline(session: Session, transaction: Transaction, incoming: Incoming): void {
  const refusal = incoming.refusal ?? failureReply(incoming.failure);
  if (refusal === TOO_BIG) session.limit('message_bytes');
  if (incoming.failure !== undefined) session.log('warn', 'smtp.refused', incoming.failure);
  const times = session.policy.lmtp ? transaction.accepted.length : 1;
  for (let time = 0; time < times; time++) session.say(refusal);
}

/** LMTP: one reply for each accepted RCPT, in order, repeated ones too (RFC 2033 section 4.2). */
function answer(session: Session, transaction: Transaction, receipt: Receipt): void {
  const { results, id } = receipt;
  if (session.policy.lmtp) {
    for (const result of transaction.spread(results)) session.say(parseReply(result?.reply) ?? ACCEPTED);
    return;
  }
  const nobody = results.length > 0 && results.every(({ accepted }) => !accepted);
  const refusal = nobody ? parseReply(results[0]?.reply) : undefined;
  session.say(refusal ?? reply(250, '2.0.0', `${STORED}${id}`));
}
