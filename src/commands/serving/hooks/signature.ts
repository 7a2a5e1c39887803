/** Standard Webhooks 1.0: what a receiver checks before it believes. */
import { createHmac } from 'node:crypto';
import type { FieldLines } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';

const PREFIX = 'whsec_';

/** @param written `whsec_` and base64, or any text of 16 octets and more. Throws `CS_INPUT`. */
export function secretKey(written: string): Buffer {
  const text = written.trim();
  const key = text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64') : Buffer.from(text);
  if (key.length >= 16) return key;
  throw new CsError('CS_INPUT', 'the webhook secret is shorter than 16 octets', {
    hint: "openssl rand -base64 32 | sed 's/^/whsec_/' > secret",
  });
}

/** @param at seconds since 1970 */
export function signedFields(id: string, at: number, body: string, key: Buffer | undefined): FieldLines {
  const named: FieldLines = [
    ['webhook-id', id],
    ['webhook-timestamp', String(at)],
  ];
  if (key === undefined) return named;
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return [...named, ['webhook-signature', `v1,${signature}`]];
}
