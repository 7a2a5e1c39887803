/** HTML of a message as a page of its own, for programs that visit it: no script, no request, images of the message inside it. */
import type { Reply } from '../../shared/http/reply.ts';
import type { Message } from '../model/message.ts';

const POLICY = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  'font-src data:',
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

/** Octets of images that are put into the page. */
const IMAGES = 8 * 1024 * 1024;

export function htmlReply(message: Message): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY },
    body: withImages(message),
  };
}

/** `cid:` → `data:`. */
export function withImages(message: Message): string {
  let left = IMAGES;
  return (message.html ?? '').replace(/\bcid:([^\s"'<>)]{1,500})/gi, (whole, written: string) => {
    const part = message.parts.find(
      ({ contentId, type }) => contentId === decoded(written) && type.startsWith('image/'),
    );
    if (!part || part.size > left) return whole;
    left -= part.size;
    return `data:${part.type};base64,${Buffer.from(message.content(part)).toString('base64')}`;
  });
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

export function textReply(text: string, status = 200): Reply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: text };
}
