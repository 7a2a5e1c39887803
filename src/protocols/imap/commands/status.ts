/** STATUS (RFC 9051 section 6.3.11). */
import { type Answer, ok } from '../answer.ts';
import { readMailbox } from '../mailbox.ts';
import { readStatusItems, tellStatus } from '../mailbox-status.ts';
import { noSuchMailbox } from '../messages.ts';

export const status: Answer = async (session, { cursor }) => {
  cursor.space();
  const name = readMailbox(session, cursor);
  cursor.space();
  const items = readStatusItems(cursor);
  cursor.end();
  const mailbox = (await session.store!.mailboxes()).find((one) => one.name === name && one.selectable !== false);
  if (!mailbox) throw noSuchMailbox();
  await tellStatus(session, mailbox, items);
  return ok('that is all');
};
