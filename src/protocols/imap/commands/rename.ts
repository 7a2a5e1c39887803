import { type Answer, no, ok } from '../answer.ts';
import { newName, readMailbox } from '../mailbox.ts';

export const rename: Answer = async (session, { cursor }) => {
  cursor.space();
  const from = readMailbox(session, cursor);
  cursor.space();
  const to = newName(readMailbox(session, cursor));
  cursor.end();
  if (to.startsWith(`${from}/`)) return no('a mailbox cannot become its own child', 'CANNOT');
  await session.able('rename')(from, to);
  const { view } = session;
  // INBOX only gives its messages away.
  if (view && from !== 'INBOX' && (view.name === from || view.name.startsWith(`${from}/`))) {
    view.name = to + view.name.slice(from.length);
  }
  return ok('renamed');
};
