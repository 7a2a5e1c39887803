/** What a status means for a command that wanted the thing (surface.md section 5). */
import { type ExchangeResponse, field } from '../../contracts/exchange.ts';
import { CsError, type ErrorCode } from '../../kit/errors.ts';

/** Octets of an error's content that are worth showing. */
const SHOWN = 1000;
const TEXT = /^(?:text\/(?!html)|application\/(?:[\w.+-]*\+)?(?:json|xml)\b)/i;

/** The error of a status that is no success; undefined for one that is. */
export function codeOf({ status, authorized }: Pick<ExchangeResponse, 'status' | 'authorized'>): ErrorCode | undefined {
  if (status < 400) return undefined;
  if (status === 401) return authorized ? 'CS_AUTH_REJECTED' : 'CS_AUTH_REQUIRED';
  if (status === 407) return 'CS_AUTH_REQUIRED';
  if (status === 403 && authorized) return 'CS_AUTH_REJECTED';
  if (status === 404 || status === 410) return 'CS_NOT_FOUND';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'CS_PEER_TEMPORARY';
  return 'CS_PEER_REFUSED';
}

/** The failure of `response`, with what the server says about it; its content is read for that, and is over then. */
export async function failureOf(response: ExchangeResponse, code: ErrorCode): Promise<CsError> {
  const { status, reason, url, method } = response;
  const words = `${method} ${url}: ${status}${reason === '' ? '' : ` ${reason}`}`;
  const reply = await told(response);
  const hint = hintOf(response);
  return new CsError(code, words, { ...(hint === undefined ? {} : { hint }), ...(reply === '' ? {} : { reply }) });
}

function hintOf({ status, authorized, headers }: ExchangeResponse): string | undefined {
  if (status === 401 && !authorized) return '--user NAME, and --password-file FILE, --password-fd N or ~/.netrc';
  const after = field(headers, 'retry-after');
  if (after !== undefined && /^\d{1,9}$/.test(after)) return `again in ${after} s; --retry N waits for it`;
  return undefined;
}

async function told(response: ExchangeResponse): Promise<string> {
  if (!TEXT.test(field(response.headers, 'content-type') ?? '')) {
    await response.discard();
    return '';
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body) {
      parts.push(chunk);
      length += chunk.length;
      if (length > SHOWN) break;
    }
  } catch {
    // Half a reason is better than none.
  }
  return Buffer.concat(parts).toString('utf8').slice(0, SHOWN).trim();
}
