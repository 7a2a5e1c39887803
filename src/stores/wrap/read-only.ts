import type { MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';

/** Looking, and nothing else. */
export function readOnly(store: MailStore): MailStore {
  const { mailboxes, list, read, search } = store;
  return {
    mailboxes,
    list,
    read,
    search,
    remove: async () => {
      throw new CsError('CS_UNSAFE', 'this mail is read only');
    },
  };
}
