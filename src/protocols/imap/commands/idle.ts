/** IDLE (RFC 2177): what happens is told as it happens, until DONE. */
import { type Answer, ok } from '../answer.ts';
import { tellNews } from '../news.ts';

export const idle: Answer = async (session, { tag, cursor }) => {
  cursor.end();
  session.reader.plain = true;
  session.out.text('+ idling\r\n');
  // Before the watch is relied on: what happened since the last command would never be hinted at again.
  await tellNews(session, { expunge: true });
  if (session.over) return undefined;
  session.conn.phase = 'I';
  session.idling = {
    tag,
    done: async () => {
      await session.telling;
      session.conn.phase = 'C';
      await tellNews(session, { expunge: true });
      return ok('idle no more');
    },
  };
  return undefined;
};
