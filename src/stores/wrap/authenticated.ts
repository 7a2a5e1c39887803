/** What mail from elsewhere can prove, written in front of it as it comes (RFC 8601): `--authentication-results`. */
import type { Delivery, DeliverySession, Draft, Envelope } from '../../contracts/delivery.ts';
import { authenticate, authenticationResults } from '../../kit/authentication.ts';
import { boundedNames } from '../../kit/bounded-names.ts';
import { splitMessage } from '../../kit/dkim/head.ts';
import { CsError } from '../../kit/errors.ts';
import { withoutResultsOf } from '../../kit/forged-results.ts';
import type { MailNames } from '../../kit/mail-names.ts';

export interface ResultsWishes {
  readonly names: MailNames;
  /** The name that vouches for the results. */
  readonly hostname: string;
  /** Octets of all messages that are held at once. */
  readonly most?: number;
}

/** A signature is known to be right at its last octet, and the field stands before the first: a message is held so long. */
const MOST = 256 * 1024 * 1024;
/** Milliseconds for all questions of one message; clients wait ten minutes for the answer to their dot. */
const TIME = 15_000;

/**
 * Mail of strangers gets the field, and loses those that name us already; who has logged in only loses them, for nobody was
 * asked about him. LMTP comes from a server of our own side, and what came by no session was written here: neither is touched.
 */
export function authenticated(delivery: Delivery, { names, hostname, most = MOST }: ResultsWishes): Delivery {
  let held = 0;
  const around = (inner: Draft, from: string, session: DeliverySession): Draft => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let forgotten = false;
    const release = (): void => {
      held -= size;
      size = 0;
      chunks.length = 0;
    };
    return {
      write: (chunk) => {
        if (held + chunk.length > most) {
          const reply = '451 4.3.2 too many messages at once, try again later';
          return Promise.reject(new CsError('CS_BUSY', 'too many messages are held to be checked', { reply }));
        }
        chunks.push(chunk);
        size += chunk.length;
        held += chunk.length;
        return undefined;
      },
      abort: () => {
        forgotten = true;
        release();
        return inner.abort();
      },
      commit: async () => {
        const octets = Buffer.concat(chunks);
        try {
          const pieces = await stamped(octets, from, session);
          // The client may have left while names were asked for.
          if (forgotten) throw new CsError('CS_BUSY', 'the message was given up before it was checked');
          for (const piece of pieces) await inner.write(piece);
        } finally {
          release();
        }
        return inner.commit();
      },
    };
  };

  const stamped = async (octets: Buffer, mailFrom: string, session: DeliverySession): Promise<Buffer[]> => {
    const { head } = splitMessage(octets);
    const rest = octets.subarray(head.length);
    const own = withoutResultsOf(head, hostname);
    if (session.user !== undefined) return [own, rest];
    const { address, helo } = session;
    const bounded = boundedNames(names, AbortSignal.timeout(TIME));
    const found = await authenticate({ octets, client: { address, helo, mailFrom } }, bounded);
    return [Buffer.from(`${authenticationResults(found, hostname)}\r\n`, 'latin1'), own, rest];
  };

  return {
    ...delivery,
    open: (envelope: Envelope) => {
      const { session, from } = envelope;
      const opening = delivery.open(envelope);
      if (session === undefined || session.with.includes('LMTP')) return opening;
      return opening instanceof Promise
        ? opening.then((inner) => around(inner, from, session))
        : around(opening, from, session);
    },
  };
}
