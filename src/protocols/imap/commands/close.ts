import { type Answer, ok } from '../answer.ts';
import { foldNews } from '../news.ts';
import { deletedUids, highest } from './expunge.ts';

export const close: Answer = async (session, { cursor }) => {
  cursor.end();
  const view = session.view!;
  const code = view.readOnly ? undefined : await expungeSilently();
  session.leaveMailbox();
  return ok('left', code);

  async function expungeSilently(): Promise<string | undefined> {
    const uids = await deletedUids(session);
    if (uids.length === 0) return undefined;
    await session.store!.remove(view.name, uids);
    await foldNews(session);
    return highest(session);
  }
};
