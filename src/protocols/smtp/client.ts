/** The client end: a server reached by SMTP or LMTP is a `Delivery`. */
import type { Delivery, Draft, Envelope } from '../../contracts/delivery.ts';
import type { ClientEnd } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import { MessageDraft, stoppedDraft } from './client-draft.ts';
import { checkEnvelope } from './client-envelope.ts';
import { type Facts, goesPast, type Opening, openSession, type SmtpContext } from './client-opening.ts';
import type { clientOptions } from './client-options.ts';
import { beginTransaction } from './client-transaction.ts';

export const client: ClientEnd<typeof clientOptions> = {
  async connect(dial, ctx) {
    const facts: Facts = {};
    let opening = await openSession(dial, ctx, facts);
    if (!goesPast('auth', ctx.options.quitAfter)) await opening.session.bye();
    const reopen = async (): Promise<Opening> => {
      if (opening.session.over) opening = await openSession(dial, ctx, facts);
      return opening;
    };
    return {
      facts: () => facts,
      ...(goesPast('auth', ctx.options.quitAfter) ? { delivery: new SmtpDelivery(reopen, ctx, facts) } : {}),
      [Symbol.asyncDispose]: () => opening.session.bye(),
    };
  },

  async probe(dial, ctx) {
    const facts: Facts = {};
    const { session } = await openSession(dial, ctx, facts);
    await session.bye();
    return facts;
  },
};

/** One message at a time; a connection that ended between two is made anew. */
class SmtpDelivery implements Delivery {
  readonly #open: () => Promise<Opening>;
  readonly #ctx: SmtpContext;
  readonly #facts: Facts;
  #turn: Promise<void> = Promise.resolve();

  constructor(open: () => Promise<Opening>, ctx: SmtpContext, facts: Facts) {
    this.#open = open;
    this.#ctx = ctx;
    this.#facts = facts;
  }

  async open(envelope: Envelope): Promise<Draft> {
    checkEnvelope(envelope);
    const before = this.#turn;
    let free: () => void = () => {};
    this.#turn = new Promise((resolve) => {
      free = resolve;
    });
    await before;
    try {
      return await this.#begin(envelope, free);
    } catch (error) {
      free();
      throw error;
    }
  }

  async #begin(envelope: Envelope, free: () => void): Promise<Draft> {
    const opening = await this.#open();
    const transaction = await beginTransaction(opening, envelope, this.#ctx);
    const { quitAfter } = this.#ctx.options;
    if (quitAfter === undefined) return new MessageDraft(opening.session, envelope, transaction, free);
    this.#facts.stopped_after = quitAfter;
    if (quitAfter !== 'data') await opening.session.bye();
    else opening.session.abandon(new CsError('CS_FAILED', 'hung up inside the message'));
    free();
    return stoppedDraft(transaction.results);
  }
}
