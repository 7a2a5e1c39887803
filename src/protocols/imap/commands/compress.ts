import { type Answer, bad, no, ok } from '../answer.ts';
import { deflatedChannel } from '../channel.ts';

/** RFC 4978. */
export const compress: Answer = async (session, { tag, cursor }) => {
  cursor.space();
  const method = cursor.word('a method');
  cursor.end();
  if (session.compressed) return no('deflated already', 'COMPRESSIONACTIVE');
  if (method !== 'DEFLATE') return bad('DEFLATE is the only method');
  session.answer(tag, ok('deflate from here on'));
  await session.flush();
  session.channel = deflatedChannel(session.channel, session.reader.release());
  session.compressed = true;
  return undefined;
};
