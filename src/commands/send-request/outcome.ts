/** The answer as `cs.send_request/1`, or its content for people and pipes. */
import { type ExchangeResponse, field } from '../../contracts/exchange.ts';
import type { Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import type { Result } from '../../ui/ui.ts';
import type { CommandContext } from '../command.ts';
import { headersJson, headText, hopsJson, timingsJson } from '../exchange/shown.ts';
import type { options } from './options.ts';

type Ctx = CommandContext<typeof options>;

/** Content inside JSON, or looked into, is held as a whole. */
const HELD = 64 * 1024 * 1024;

export async function wholeBody({ body }: ExchangeResponse): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > HELD) throw new CsError('CS_LIMIT', 'the content is too large to be looked into', { hint: '-o FILE' });
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** `body` is JSON where the content is, else a text; what is neither is `body_base64`. */
function contentJson(response: ExchangeResponse, body: Buffer): { readonly [key: string]: Json } {
  const text = body.toString('utf8');
  if (!Buffer.from(text).equals(body)) return { body_base64: body.toString('base64') };
  if (/^application\/(?:[\w.+-]+\+)?json\b/i.test(field(response.headers, 'content-type') ?? '')) {
    try {
      return { body: JSON.parse(text) as Json };
    } catch {
      // Then it is a text that says it is JSON.
    }
  }
  return { body: text };
}

export function answerResult({ options }: Ctx, response: ExchangeResponse, body: Buffer, ms: number): Result {
  const { method, url, version, status, reason, headers } = response;
  const secrets = options.json?.split(',').includes('+secrets') ?? false;
  const trailers = response.trailers();
  return {
    schema: 'cs.send_request/1',
    method,
    url,
    http: version,
    status,
    reason,
    headers: headersJson(headers, secrets),
    ...(trailers.length === 0 ? {} : { trailers: headersJson(trailers, secrets) }),
    ...contentJson(response, body),
    size: body.length,
    received: response.received(),
    hops: hopsJson(response),
    timings: timingsJson(response.timings()),
    duration_ms: Math.round(ms * 10) / 10,
  };
}

/** The content as it comes, octet for octet. @param body what was held of it already */
export async function showContent({ ui, options }: Ctx, response: ExchangeResponse, body?: Buffer): Promise<void> {
  if (options.include) await ui.bytes(`${headText(response)}\n\n`);
  if (body !== undefined) {
    if (body.length > 0) await ui.bytes(body);
    return;
  }
  const total = Number(field(response.headers, 'content-length')) || undefined;
  const progress = ui.progress('receiving');
  let done = 0;
  try {
    for await (const chunk of response.body) {
      await ui.bytes(chunk);
      done += chunk.length;
      progress.update(done, total);
    }
  } finally {
    progress.end();
  }
}
