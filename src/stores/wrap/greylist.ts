/** Greylisting (RFC 6647): who comes again is a mail server with a queue, who does not is not. */
import { createHash } from 'node:crypto';
import type { Delivery } from '../../contracts/delivery.ts';
import type { Journal } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { LastingMap } from '../shared/lasting-map.ts';

export interface GreylistWishes {
  /** Milliseconds from the first try to the first that is taken. */
  readonly delay: number;
  /** The network that a client's address stands for: a sender's next try may come from the machine beside it. */
  readonly networkOf: (address: string) => string;
  /** Whether logging in under this name proves anything: where any login is accepted, it may not. */
  readonly proven: (user: string) => Promise<boolean>;
  readonly journal: Pick<Journal, 'add'>;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  /** Entries kept, of those that wait and of those that came again each. */
  readonly most?: number;
}

const DAY = 86_400_000;
/** Who has not come again by then begins anew; the longest pause between tries of common servers is some hours. */
const WAITS = 2 * DAY;
/** A newsletter that comes once a month is known the next time. */
const KNOWN = 36 * DAY;
/** About 100 octets each. */
const MOST = 50_000;

/**
 * The first try of a network, sender and recipient is put off with 451, and so is every other within `delay`; from then on
 * they are known for 36 days from their last mail. An account that has logged in is known already, and LMTP comes out of a
 * queue of our own side. Kept in memory; the oldest go first, and a flood of first tries drives nobody out who has come again.
 */
export function greylist(delivery: Delivery, wishes: GreylistWishes): Delivery {
  const { delay, networkOf, proven, journal, now = () => performance.now(), most = MOST } = wishes;
  const waiting = new LastingMap<number>(most, WAITS + delay);
  const known = new LastingMap<true>(most, KNOWN);

  /** Milliseconds that are left to wait. */
  const wait = (key: string): number => {
    const time = now();
    if (known.get(key, time) === undefined) {
      const first = waiting.get(key, time);
      if (first === undefined) waiting.set(key, time, time);
      const left = (first ?? time) + delay - time;
      if (left > 0) return left;
      waiting.delete(key);
    }
    known.set(key, true, time);
    return 0;
  };

  return {
    open: (envelope) => delivery.open(envelope),
    async check(recipient, session, from) {
      // Whom nobody here takes is not worth a place.
      await delivery.check?.(recipient, session, from);
      if (session.with.includes('LMTP')) return;
      if (session.user !== undefined && (await proven(session.user))) return;
      const left = wait(keyOf(networkOf(session.address), from, recipient.address));
      if (left === 0) return;
      const { server, conn } = session;
      await journal.add({ event: 'limit', server, conn, limit: 'greylist', from, to: [recipient.address] });
      throw new CsError('CS_BUSY', `${recipient.address} is greylisted for this sender`, {
        reply: `451 4.7.1 greylisted, try again in ${Math.ceil(left / 1000)} s`,
      });
    },
  };
}

/** As short for long addresses as for short ones, so that so many entries are so many octets. */
function keyOf(...parts: readonly string[]): string {
  const text = JSON.stringify(parts.map((part) => part.toLowerCase()));
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
