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

/** @param spans at least one, inside the content */
export function partial(content: OpenFile | Buffer, spans: readonly Span[], size: number, headers: Headers): Reply {
  const [first] = spans;
  const alone = spans.length === 1 && first !== undefined;
  const boundary = randomBytes(12).toString('hex');
  const own: Headers = alone
    ? { 'Content-Range': contentRange(first, size) }
    : { 'Content-Type': `multipart/byteranges; boundary=${boundary}` };
  const parts = alone ? [first] : multipart(spans, size, boundary, headers['Content-Type'] ?? '');
  const body = Buffer.isBuffer(content)
    ? Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : content.subarray(part.start, part.end))))
    : new FileContent(content, parts);
  return { status: 206, content: true, headers: { ...headers, ...own }, body };
}

function multipart(spans: readonly Span[], size: number, boundary: string, type: string): (Uint8Array | Span)[] {
  const parts = spans.flatMap((span, index) => {
    const lead = `${index === 0 ? '' : '\r\n'}--${boundary}\r\n`;
    const head = `${lead}Content-Type: ${type}\r\nContent-Range: ${contentRange(span, size)}\r\n\r\n`;
    return [Buffer.from(head, 'latin1'), span];
  });
  return [...parts, Buffer.from(`\r\n--${boundary}--\r\n`)];
}

function contentRange({ start, end }: Span, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}
