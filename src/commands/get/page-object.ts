import { type ExchangeResponse, field } from '../../contracts/exchange.ts';
import { CsError } from '../../kit/errors.ts';
import type { Result } from '../../ui/ui.ts';
import { hopsJson, timingsJson } from '../exchange/shown.ts';
import { type Fetching, received } from './fetching.ts';

/** Content inside JSON is held as a whole. */
const JSON_LIMIT = 64 * 1024 * 1024;

/** What the answer says of itself. */
export function pageFacts(response: ExchangeResponse): Result {
  const { url, status, headers, version } = response;
  const modified = Date.parse(field(headers, 'last-modified') ?? '');
  return {
    schema: 'cs.get/1',
    url,
    http: version,
    status,
    type: field(headers, 'content-type') ?? null,
    modified_at: Number.isNaN(modified) ? null : new Date(modified).toISOString(),
    etag: field(headers, 'etag') ?? null,
    hops: hopsJson(response),
    timings: timingsJson(response.timings()),
  };
}

/** `text` where it is UTF-8, else `base64`: what is no text must not become other octets. */
export async function pageObject(fetching: Fetching, response: ExchangeResponse): Promise<Result> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of received(fetching, response)) {
    size += chunk.length;
    if (size > JSON_LIMIT) throw new CsError('CS_LIMIT', 'the content is too large for JSON', { hint: '-o FILE' });
    fetching.checksum?.update(chunk);
    parts.push(chunk);
  }
  fetching.checksum?.check(response.url);
  const whole = Buffer.concat(parts);
  const text = whole.toString('utf8');
  const content: Readonly<Record<string, string>> = Buffer.from(text).equals(whole)
    ? { text }
    : { base64: whole.toString('base64') };
  return { ...pageFacts(response), size, ...content };
}
