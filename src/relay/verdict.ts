/** What a failure means for a recipient: tried again, or never. */
import type { CsError } from '../kit/errors.ts';

export type Fate =
  | { readonly kind: 'delivered'; readonly reply: string }
  | { readonly kind: 'again'; readonly reply: string }
  | { readonly kind: 'failed'; readonly reply: string };

/** Octets of a reply that are kept. */
const LONGEST = 500;

/** The peer's own reply to one recipient. */
export function fateOf(reply: string): Fate {
  const text = oneLine(reply);
  if (text.startsWith('2')) return { kind: 'delivered', reply: text };
  return { kind: text.startsWith('5') ? 'failed' : 'again', reply: text };
}

/** No way to a server is known: for good, where the domain itself says so. */
export function fateOfRoute(error: CsError): Fate {
  if (error.code === 'CS_PEER_REFUSED' && error.reply !== undefined) return fateOf(error.reply);
  return { kind: 'again', reply: `451 4.4.3 ${oneLine(error.message)}` };
}

/** Before the transaction: nothing that a server says there is about this message, so nothing of it is final. */
export function fateOfWay(error: CsError): Fate {
  if (error.reply !== undefined && /^[45]\d\d[ -]/.test(error.reply)) {
    return { kind: 'again', reply: oneLine(error.reply) };
  }
  return { kind: 'again', reply: `451 ${error.code === 'CS_TLS' ? '4.7.5' : '4.4.1'} ${oneLine(error.message)}` };
}

/** In the transaction. A connection lost after the last dot may have delivered it: it is sent again (at least once). */
export function fateOfTransaction(error: CsError): Fate {
  if (error.reply !== undefined && /^[45]\d\d[ -]/.test(error.reply)) return fateOf(error.reply);
  if (error.code === 'CS_LIMIT') return { kind: 'failed', reply: `552 5.3.4 ${oneLine(error.message)}` };
  if (error.code === 'CS_PEER_REFUSED' || error.code === 'CS_INPUT') {
    return { kind: 'failed', reply: `554 5.6.0 ${oneLine(error.message)}` };
  }
  const status = error.code === 'CS_UNKNOWN_OUTCOME' ? '4.4.2' : error.code === 'CS_TIMEOUT' ? '4.4.7' : '4.4.0';
  return { kind: 'again', reply: `451 ${status} ${oneLine(error.message)}` };
}

/** RFC 3463 status of a reply: its own where it carries one. */
export function statusOf(reply: string): string {
  const own = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(reply)?.[1];
  return own ?? `${/^[245]/.test(reply) ? reply[0] : '4'}.0.0`;
}

function oneLine(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? line : line.replace(/^\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?/, '')))
    .join(' ')
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .slice(0, LONGEST)
    .trim();
}
