/** Parts of a representation: 206, 416 and `multipart/byteranges` (RFC 9110 sections 14 and 15.3.7). */
import { randomBytes } from 'node:crypto';
import type { OpenFile } from '../../../contracts/files.ts';
import { FileContent } from '../../shared/http/file-content.ts';
import type { Span } from '../../shared/http/range.ts';
import type { Reply } from '../../shared/http/reply.ts';

export type Headers = Readonly<Record<string, string>>;

export function unsatisfiable(size: number, headers: Headers): Reply {
  return { status: 416, content: true, headers: { ...headers, 'Content-Range': `bytes */${size}` } };
}

/** @param spans at least one, inside the file */
export function partial(file: OpenFile, spans: readonly Span[], size: number, headers: Headers): Reply {
  const [first] = spans;
  if (spans.length === 1 && first) {
    const range = { 'Content-Range': contentRange(first, size) };
    return { status: 206, content: true, headers: { ...headers, ...range }, body: new FileContent(file, [first]) };
  }
  const boundary = randomBytes(12).toString('hex');
  const type = headers['Content-Type'] ?? 'application/octet-stream';
  const parts = spans.flatMap((span, index) => {
    const lead = `${index === 0 ? '' : '\r\n'}--${boundary}\r\n`;
    const head = `${lead}Content-Type: ${type}\r\nContent-Range: ${contentRange(span, size)}\r\n\r\n`;
    return [Buffer.from(head, 'latin1'), span];
  });
  const body = new FileContent(file, [...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const multi = { 'Content-Type': `multipart/byteranges; boundary=${boundary}` };
  return { status: 206, content: true, headers: { ...headers, ...multi }, body };
}

function contentRange({ start, end }: Span, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}
