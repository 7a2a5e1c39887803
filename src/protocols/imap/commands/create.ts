import { type Answer, no, ok } from '../answer.ts';
import { newName, readMailbox } from '../mailbox.ts';
import { knowsIds, mailboxId } from '../object-ids.ts';
import { readFlag } from '../syntax/flags.ts';

/** RFC 6154 section 2. `\All` and `\Flagged` would be views, which nobody can make here: USEATTR says so (section 3). */
const USES = new Map(['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'].map((use) => [use.toLowerCase(), use]));

export const create: Answer = async (session, { cursor }) => {
  cursor.space();
  const name = readMailbox(session, cursor);
  const use: string[] = [];
  let known = true;
  if (cursor.accept(' ')) {
    cursor.expect('(');
    if (cursor.word() !== 'USE') throw cursor.fault('USE');
    cursor.space();
    for (const word of cursor.list(() => readFlag(cursor))) {
      const found = USES.get(word.toLowerCase());
      known &&= found !== undefined;
      if (found) use.push(found);
    }
    cursor.expect(')');
  }
  cursor.end();
  if (!known) return no('no such use', 'USEATTR');
  await session.able('create')(newName(name), use.length > 0 ? { use } : {});
  if (!knowsIds(session)) return ok('made');
  const made = (await session.store!.mailboxes()).find((one) => one.name === newName(name));
  return ok('made', made && `MAILBOXID (${mailboxId(session, made)})`);
};
