import { type Answer, ok } from '../answer.ts';
import { listPattern } from '../list-pattern.ts';
import { parentsOf, withSubscribed } from '../listing.ts';
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
  const names = await withSubscribed(session);
  const parents = pattern.endsWith('%')
    ? parentsOf(names.flatMap(({ name, subscribed }) => (subscribed ? [name] : [])))
    : new Set<string>();
  for (const { name, mailbox, subscribed } of names) {
    if (!matches(name) || !(subscribed || parents.has(name))) continue;
    session.tell(`LSUB (${mailbox && subscribed ? '' : '\\Noselect'}) "/" ${shownName(session, name)}`);
  }
  return ok('that is all');
};
