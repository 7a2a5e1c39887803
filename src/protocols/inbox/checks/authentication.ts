/** What a stored message can prove about where it comes from, as JSON of the API. */
import type { Origin } from '../../../contracts/delivery.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { type Authentication, authenticate, authenticationResults } from '../../../kit/authentication.ts';
import { boundedNames } from '../../../kit/bounded-names.ts';
import type { MailNames } from '../../../kit/mail-names.ts';

type Facts = { readonly [key: string]: Json };

/** Milliseconds for all questions of one message. */
const TIME = 15_000;

export interface Checked {
  readonly octets: Buffer;
  readonly entry: Pick<MailEntry, 'envelope' | 'receivedAt'>;
  /** Undefined: put here by hand. */
  readonly origin: Origin | undefined;
  /** Under which the results are vouched for. */
  readonly hostname: string;
}

/** As of its arrival, by the names of now. */
export async function checkAuthentication(
  { octets, entry, origin, hostname }: Checked,
  names: MailNames,
): Promise<Facts> {
  const client = origin && { address: origin.address, helo: origin.helo, mailFrom: entry.envelope.from };
  const bounded = boundedNames(names, AbortSignal.timeout(TIME));
  const found = await authenticate({ octets, client }, bounded, new Date(entry.receivedAt));
  // Without a client it is not known whether SPF would have spoken for the author.
  const judged = found.spf !== undefined || found.dmarc.result !== 'fail';
  return {
    checked: true,
    notes: client ? [] : ['nobody knows any more who delivered this message: SPF was not checked'],
    client: client ? { address: client.address, helo: client.helo, mail_from: client.mailFrom } : null,
    spf: found.spf ? { ...found.spf } : null,
    dkim: found.dkim.map((signature) => ({ ...signature })),
    dmarc: judged ? { ...found.dmarc } : null,
    arc: arcJson(found.arc),
    header: client ? authenticationResults(found, hostname) : null,
  };
}

function arcJson({ oldestPass, hops, ...arc }: Authentication['arc']): Json {
  return { ...arc, oldest_pass: oldestPass ?? null, hops: hops.map((hop) => ({ ...hop })) };
}

/** Nothing is guessed: what would have to be asked stays open. */
export function notChecked(why: string, hint: string): Facts {
  return {
    checked: false,
    notes: [why],
    hint,
    client: null,
    spf: null,
    dkim: [],
    dmarc: null,
    arc: null,
    header: null,
  };
}
