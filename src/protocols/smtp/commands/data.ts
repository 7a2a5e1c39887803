/** DATA (RFC 5321 section 4.1.1.4). */
import type { Draft } from '../../../contracts/delivery.ts';
import { DotReader } from '../body-readers.ts';
import type { Incoming } from '../incoming.ts';
import { BAD_BODY, type Reply, reply, TALKS_TOO_SOON } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';
import type { Transaction } from '../transaction.ts';
import type { Command } from './command.ts';
import { cannotOpen, finish, notReady, openDraft, startIncoming } from './delivering.ts';

const GO_ON = reply(354, undefined, 'end data with <CR><LF>.<CR><LF>');
const HAS_BEGUN = reply(503, '5.5.1', 'the message came by BDAT so far');
const NEEDS_BDAT = reply(503, '5.5.1', 'a binary message comes by BDAT');

export const data: Command = {
  bare: true,
  run: (session, _argument, behind): Waits => {
    const { transaction } = session;
    const refusal = notReady(transaction) ?? outOfOrder(transaction as Transaction);
    if (!refusal && behind && !granted(session)) return session.dismiss(TALKS_TOO_SOON);
    if (refusal) {
      session.refuse(refusal);
      // What follows is a body, and must not be taken for commands.
      if (behind && !granted(session)) session.close();
      return undefined;
    }
    if (session.fails('data')) return session.reset();
    return open(session, transaction as Transaction);
  },
};

function outOfOrder(transaction: Transaction): Reply | undefined {
  if (transaction.chunking) return HAS_BEGUN;
  return transaction.sender.body === 'BINARYMIME' ? NEEDS_BDAT : undefined;
}

/** May the client send what follows before it has read the reply (RFC 2920)? */
function granted(session: Session): boolean {
  return session.greeting === 'EHLO' && session.policy.offers('pipelining');
}

function open(session: Session, transaction: Transaction): Waits {
  const received = (draft: Draft) => receive(session, transaction, draft);
  try {
    const draft = openDraft(session, transaction);
    if (!(draft instanceof Promise)) return received(draft);
    return draft.then(received, (error: unknown) => cannotOpen(session, error));
  } catch (error) {
    return cannotOpen(session, error);
  }
}

function receive(session: Session, transaction: Transaction, draft: Draft): undefined {
  const incoming = startIncoming(session, transaction, draft);
  // The client may have gone while the draft was opened.
  if (session.transaction !== transaction) {
    void session.track(incoming.abort());
    return undefined;
  }
  session.begin(new DotReader(incoming, (behind) => session.track(ended(session, transaction, incoming, behind))));
  return session.say(GO_ON);
}

async function ended(session: Session, transaction: Transaction, incoming: Incoming, behind: boolean): Promise<void> {
  session.conn.phase = 'C';
  session.conversation?.body(incoming.size);
  session.conversation?.dot();
  if (behind && !granted(session) && !incoming.refusal) {
    await incoming.refuse(TALKS_TOO_SOON);
    session.dismiss(TALKS_TOO_SOON);
    return;
  }
  await finish(session, transaction, incoming);
  // Where its lines end is not agreed upon, so neither is where its commands begin.
  if (incoming.refusal === BAD_BODY) session.close();
}
