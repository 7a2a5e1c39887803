/** Who it is from and to: headers and envelope. */
import { CsError } from '../../kit/errors.ts';
import { listed } from '../../kit/mime/addresses.ts';
import { oneLine } from './input.ts';

/**
 * `Ann <ann@x.test>, bob@x.test` → the bare addresses, groups taken apart; a group may be empty.
 * @param home what a bare name is an address of; undefined: it is none
 */
export function bareAddresses(text: string, what: string, home?: string): string[] {
  oneLine(text, what);
  const found = listed(text, { left: Number.POSITIVE_INFINITY });
  const members = found
    .filter(({ address }) => address.host !== undefined)
    .map(({ address, spec }) => {
      if (address.host !== '') return spec;
      return home !== undefined && /^[^\s@]+$/.test(spec) ? `${spec}@${home}` : '';
    });
  if (found.length === 0 || members.includes('')) {
    throw new CsError('CS_INPUT', `${what} is no address: ${JSON.stringify(text)}`);
  }
  return members;
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
