/** Ids of mailboxes and messages (RFC 8474), where the store has such. */
import type { Mailbox } from '../../contracts/mail.ts';
import { unable } from './answer.ts';
import type { Session } from './session.ts';

export function knowsIds({ store }: Session): boolean {
  return store?.era !== undefined;
}

/** What stands before an id says whose it is: no other store gives the same. Throws `CS_UNSUPPORTED`. */
function era({ store }: Session): string {
  if (store?.era === undefined) throw unable('OBJECTID');
  return store.era;
}

export function mailboxId(session: Session, { id }: Mailbox): string {
  return `F${era(session)}-${id}`;
}

export function emailId(session: Session, id: string): string {
  return `M${era(session)}-${id}`;
}
