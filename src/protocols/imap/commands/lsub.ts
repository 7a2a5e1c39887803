import { type Answer, ok } from '../answer.ts';
import { listPattern } from '../list-pattern.ts';
import { hierarchy } from '../listing.ts';
import { shownName } from '../mailbox.ts';
import { readPattern } from './list.ts';

/** RFC 3501 section 6.3.9. With `%` a parent of subscribed names is told too, as `\Noselect`. */
export const lsub: Answer = async (session, { cursor }) => {
  cursor.space();
  const reference = readPattern(session, cursor.astring('a reference'));
  cursor.space();
  const pattern = readPattern(session, cursor.listMailbox());
  cursor.end();
  const matches = listPattern(reference + pattern);
  const subscribed = (await session.store!.mailboxes()).filter((mailbox) => mailbox.subscribed);
  for (const { name, mailbox } of hierarchy(subscribed)) {
    if (!matches(name) || (!mailbox && !pattern.endsWith('%'))) continue;
    session.tell(`LSUB (${mailbox ? '' : '\\Noselect'}) "/" ${shownName(session, name)}`);
  }
  return ok('that is all');
};
