import type { MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';

/** What changes nothing. */
const LOOKING = [
  'mailboxes',
  'list',
  'read',
  'open',
  'origin',
  'changes',
  'watch',
  'scan',
  'contains',
  'search',
  'subscriptions',
  'quota',
] as const;

/** Looking, and nothing else. */
export function readOnly(store: MailStore): MailStore {
  const looking = LOOKING.flatMap((member) => {
    const found = store[member] as ((...args: never[]) => unknown) | undefined;
    return found ? [[member, found.bind(store)]] : [];
  });
  return {
    ...(store.era !== undefined && { era: store.era }),
    ...(Object.fromEntries(looking) as Pick<MailStore, (typeof LOOKING)[number]>),
    remove: async () => {
      throw new CsError('CS_UNSAFE', 'this mail is read only');
    },
  };
}
