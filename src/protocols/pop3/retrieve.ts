import type { ByteRange } from '../../contracts/mail.ts';
import { type ClientSession, refusal } from './client-session.ts';
import type { RemoteMessage } from './message-index.ts';

/** A rest this short is read to its end, so that the conversation can go on. */
const DRAIN = 1024 * 1024;
const CRLF = Buffer.from('\r\n');

/**
 * RETR as a stream. A message whose last line has no end gets a CRLF on the wire; where exactly these two octets are more
 * than LIST announced they are taken off again, and what was accepted comes back octet for octet.
 */
export async function* retrieve(
  session: ClientSession,
  { number, size }: RemoteMessage,
  { start, end = Number.POSITIVE_INFINITY }: ByteRange = { start: 0 },
): AsyncGenerator<Uint8Array> {
  await session.send('RETR', String(number));
  const said = await session.next();
  if (said.kind !== 'status' || !said.ok) {
    throw refusal(`message ${number}`, said.kind === 'status' ? said : { ok: false, text: '' }, 'CS_NOT_FOUND');
  }
  let at = 0;
  const cut = (bytes: Uint8Array): Uint8Array => {
    const piece = bytes.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += bytes.length;
    return piece;
  };
  for await (const bytes of announced(session, size)) {
    const piece = cut(bytes);
    if (piece.length > 0) yield piece;
    if (at >= end && size - at > DRAIN) return;
  }
}

/** The body; of what is more than `size`, a lone CRLF is left out. */
async function* announced(session: ClientSession, size: number): AsyncGenerator<Uint8Array> {
  let left = size;
  let over: Uint8Array = new Uint8Array(0);
  for (let part = await session.next(); part.kind === 'body'; part = await session.next()) {
    const within = part.bytes.subarray(0, Math.max(0, left));
    left -= within.length;
    if (within.length > 0) yield within;
    over = Buffer.concat([over, part.bytes.subarray(within.length)]);
    if (over.length <= CRLF.length) continue;
    yield over;
    over = new Uint8Array(0);
    left = Number.NEGATIVE_INFINITY;
  }
  if (over.length > 0 && (left === Number.NEGATIVE_INFINITY || !CRLF.equals(over))) yield over;
}
