/** What a store keeps, and for how long: the same options for every store of mail. */
import * as o from '../../kit/option.ts';
import type { Quota } from './quota.ts';

export const keeping = {
  keepMessages: o.number('messages kept before the oldest goes', { value: 'N', group: 'Store' }),
  keepDays: o.number('days that a message is kept', { value: 'N', group: 'Store' }),
  keepBytes: o.size('octets of mail kept before the oldest goes', { group: 'Store' }),
  mailQuota: o.size('octets of mail that one owner may have', { group: 'Store' }),
  mailCount: o.number('messages that one owner may have', { value: 'N', group: 'Store' }),
};

/** Absent: no limit. */
export interface Keeping {
  readonly messages: number | undefined;
  readonly bytes: number | undefined;
  /** Milliseconds since it was stored. */
  readonly age: number | undefined;
  readonly quota: Quota;
}

const DAY = 24 * 3_600_000;
/** Milliseconds between looks at what has grown old. */
export const AGE_CHECK = 60_000;

interface Chosen {
  readonly keepMessages?: number | undefined;
  readonly keepDays?: number | undefined;
  readonly keepBytes?: number | undefined;
  readonly mailQuota?: number | undefined;
  readonly mailCount?: number | undefined;
}

export function keepingOf({ keepMessages, keepDays, keepBytes, mailQuota, mailCount }: Chosen): Keeping {
  return {
    messages: keepMessages,
    bytes: keepBytes,
    age: keepDays === undefined ? undefined : keepDays * DAY,
    quota: { bytes: mailQuota, messages: mailCount },
  };
}

export function hasQuota({ bytes, messages }: Quota): boolean {
  return bytes !== undefined || messages !== undefined;
}

/** Messages went because a limit says so. */
export function evictedFact(count: number) {
  return { event: 'limit', limit: 'retention', count };
}
