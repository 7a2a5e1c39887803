/** BDAT (RFC 3030 section 2): octets by count. They are consumed even where they are refused. */
import type { Draft } from '../../../contracts/delivery.ts';
import { CountReader } from '../body-readers.ts';
import type { Incoming } from '../incoming.ts';
import { failureReply, NOT_OFFERED, type Reply, reply, TOO_BIG } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';
import type { Transaction } from '../transaction.ts';
import type { Command } from './command.ts';
import { finish, notReady, openDraft, startIncoming } from './delivering.ts';

const SYNTAX = reply(501, '5.5.4', 'write BDAT size [LAST]');

export const bdat: Command = {
  run: (session, argument): Waits => {
    if (!session.policy.offers('chunking')) return session.refuse(NOT_OFFERED);
    const [, digits, last] = /^(\d{1,15})( +LAST)?$/i.exec(argument) ?? [];
    if (digits === undefined) {
      // How many octets follow is unknown, so nothing that follows can be understood.
      session.refuse(SYNTAX);
      return undefined;
    }
    const octets = Number(digits);
    const { transaction } = session;
    const refusal = notReady(transaction) ?? (session.fails('bdat') ? 'said' : undefined);
    if (refusal) return swallow(session, octets, refusal === 'said' ? undefined : refusal);
    return take(session, transaction as Transaction, octets, last !== undefined);
  },
};

/** @param refusal absent: it was answered already */
function swallow(session: Session, octets: number, refusal: Reply | undefined): Waits {
  const answered = (): undefined => {
    session.conversation?.body(octets);
    if (refusal) session.refuse(refusal);
    else session.reset();
    session.conn.phase = 'C';
    return undefined;
  };
  if (octets === 0) return answered();
  session.begin(new CountReader(octets, undefined, answered));
  return undefined;
}

function take(session: Session, transaction: Transaction, octets: number, last: boolean): Waits {
  transaction.chunking = true;
  if (transaction.incoming) return chunk(session, transaction, transaction.incoming, octets, last);
  const failed = (error: unknown): Waits => {
    session.log('warn', 'smtp.refused', error);
    session.reset();
    return swallow(session, octets, failureReply(error));
  };
  const opened = (draft: Draft): Waits => {
    const incoming = startIncoming(session, transaction, draft);
    if (session.transaction !== transaction) return session.track(incoming.abort());
    return chunk(session, transaction, incoming, octets, last);
  };
  try {
    const draft = openDraft(session, transaction);
    return draft instanceof Promise ? draft.then(opened, failed) : opened(draft);
  } catch (error) {
    return failed(error);
  }
}

function chunk(session: Session, transaction: Transaction, incoming: Incoming, octets: number, last: boolean): Waits {
  const ended = () => session.track(received(session, transaction, incoming, octets, last));
  if (octets === 0) return ended();
  session.begin(new CountReader(octets, incoming, ended));
  return undefined;
}

async function received(
  session: Session,
  transaction: Transaction,
  incoming: Incoming,
  octets: number,
  last: boolean,
): Promise<void> {
  session.conn.phase = 'C';
  session.conversation?.body(octets);
  if (last) return finish(session, transaction, incoming);
  if (!incoming.refusal) {
    session.say(reply(250, '2.0.0', `${octets} octets received`));
    return;
  }
  // The transaction has failed: what still comes of it is refused, and thrown away.
  if (incoming.refusal === TOO_BIG) session.limit('message_bytes');
  session.say(incoming.refusal);
  session.reset();
}
