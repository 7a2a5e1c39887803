import { type Answer, bad, ok } from '../answer.ts';

export const starttls: Answer = async (session, { tag, cursor }) => {
  const { conn, ctx, reader } = session;
  cursor.end();
  if (conn.secure) return bad('TLS has begun already');
  if (ctx.tls !== 'offered' && ctx.tls !== 'required') return bad('no TLS here');
  session.answer(tag, ok('begin TLS'));
  await session.flush();
  // What was pipelined behind it in clear text is dropped (RFC 9051 section 11.1).
  reader.release();
  await session.distrust.secure(conn);
  session.silent = true;
  conn.phase = 'A';
  return undefined;
};
