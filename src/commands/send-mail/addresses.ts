/** Who it is from and to: headers and envelope. */
import addressparser from 'nodemailer/lib/addressparser';
import { CsError } from '../../kit/errors.ts';
import { oneLine } from './input.ts';

/** `Ann <ann@x.test>, bob@x.test` → the bare addresses, groups taken apart. */
export function bareAddresses(text: string, what: string): string[] {
  oneLine(text, what);
  const found = addressparser(text, { flatten: true }).map(({ address }) => address ?? '');
  if (found.length === 0 || found.includes('')) {
    throw new CsError('CS_INPUT', `${what} is no address: ${JSON.stringify(text)}`);
  }
  return found;
}

/** Each once, in the order given. */
export function recipients(lists: readonly string[], what: string): string[] {
  return [...new Set(lists.flatMap((text) => bareAddresses(text, what)))];
}

export interface Notification {
  readonly notify: readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[] | undefined;
}

const WORDS = ['NEVER', 'SUCCESS', 'FAILURE', 'DELAY'] as const;

/** `success,failure` (RFC 3461 section 4.1); `never` stands alone. */
export function dsnNotify(text: string | undefined): Notification['notify'] {
  if (text === undefined) return undefined;
  const words = text.split(',').map((word) => WORDS.find((known) => known === word.trim().toUpperCase()));
  if (words.includes(undefined) || (words.includes('NEVER') && words.length > 1)) {
    throw new CsError('CS_USAGE', `not what --dsn-notify takes: ${JSON.stringify(text)}`, {
      hint: 'never, or some of success,failure,delay',
    });
  }
  return words as (typeof WORDS)[number][];
}
