import type { ByteRange } from '../../../contracts/mail.ts';
import { parseRange } from './range.ts';
import { HttpRefusal } from './refusal.ts';
import type { Reply } from './reply.ts';
import type { HttpRequest } from './route.ts';

/** Content of a known size, whole or one range of it. Throws 416. */
export function octets(
  size: number,
  named: Readonly<Record<string, string>>,
  request: HttpRequest,
  read: (range?: ByteRange) => AsyncIterable<Uint8Array>,
): Reply {
  const headers = { ...named, 'Accept-Ranges': 'bytes' };
  const spans = parseRange(request.header('range'), size);
  if (spans === 'unsatisfiable') {
    throw new HttpRefusal(416, 'no such range', { headers: { 'Content-Range': `bytes */${size}` } });
  }
  const [span, second] = spans ?? [];
  if (span === undefined || second !== undefined) return { status: 200, headers, body: read(), length: size };
  const range = `bytes ${span.start}-${span.end - 1}/${size}`;
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': range },
    body: read(span),
    length: span.end - span.start,
  };
}
