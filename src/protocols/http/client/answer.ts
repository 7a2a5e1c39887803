import { type ExchangeRequest, type ExchangeResponse, field, type Hop } from '../../../contracts/exchange.ts';
import type { ClientResponse } from '../../shared/http/client.ts';
import { type ContentLimits, codingsOf, decoded, tooLong } from './decoding.ts';
import { shownUrl } from './origin.ts';

interface Answered {
  readonly request: ExchangeRequest;
  readonly url: URL;
  readonly hops: readonly Hop[];
  readonly response: ClientResponse;
  readonly authorized: boolean;
  readonly limits: ContentLimits;
}

/** The last answer, its content decoded and bounded. Throws `CS_PEER_LIMIT` for one that says it is too long. */
export async function answer(answered: Answered): Promise<ExchangeResponse> {
  const { request, url, hops, response, authorized, limits } = answered;
  const { version, status, reason, fields } = response;
  const counted = { received: 0 };
  try {
    if (request.method !== 'HEAD' && Number(field(fields, 'content-length') ?? 0) > limits.size) {
      throw tooLong(limits.size);
    }
    const codings = request.raw ? [] : codingsOf(fields);
    return {
      method: request.method,
      url: shownUrl(url),
      version,
      status,
      reason,
      headers: fields,
      authorized,
      hops,
      body: decoded(count(response.body, counted), codings, limits),
      discard: () => response.discard(),
      trailers: () => response.trailers(),
      timings: () => response.timings(),
      received: () => counted.received,
    };
  } catch (error) {
    await response.body.return?.();
    throw error;
  }
}

async function* count(chunks: AsyncIterable<Uint8Array>, counted: { received: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    counted.received += chunk.length;
    yield chunk;
  }
}
