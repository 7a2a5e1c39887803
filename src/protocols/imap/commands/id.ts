import { type Answer, ok } from '../answer.ts';
import { inlineString } from '../syntax/write.ts';

/** RFC 2971: what the client says of itself goes to the log, as far as it is short. */
const PAIRS = 30;

export const id: Answer = (session, { cursor }) => {
  cursor.space();
  const said = cursor.peek === '(' ? cursor.list(() => cursor.nstring()) : [];
  if (said.length === 0 && cursor.peek !== '') cursor.nstring();
  cursor.end();
  if (said.length > PAIRS * 2) throw cursor.fault('at most thirty facts');
  const facts = Object.fromEntries(
    said.flatMap((name, at) =>
      at % 2 === 0 && name ? [[`client.${name.slice(0, 30)}`, said[at + 1]?.slice(0, 200)]] : [],
    ),
  );
  session.ctx.log('debug', 'imap.id', { conn: session.conn.id, ...facts });
  session.tell(`ID ("name" "cs" "version" ${inlineString(session.ctx.version)})`);
  return ok('well met');
};
