/** RFC 9110 section 15.4, and what a client must not be led into (trust.md CL-05). */
import { type ExchangeRequest, type FieldLines, field } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';

/** Status → what becomes of a method that is not GET or HEAD. */
const FOLLOWED: Readonly<Record<number, 'same' | 'get' | 'post-to-get'>> = {
  301: 'post-to-get',
  302: 'post-to-get',
  303: 'get',
  307: 'same',
  308: 'same',
};
/** Meant for the first origin and for nobody else. */
const PRIVATE = new Set(['authorization', 'cookie', 'cookie2', 'host', 'origin', 'referer', 'proxy-authorization']);
const OF_CONTENT = /^(?:content-|transfer-encoding$|expect$|digest$|repr-digest$)/i;

export interface RedirectRules {
  /** From https to http too. */
  readonly downgrade: boolean;
}

/** Where an answer sends the request, or undefined. Throws `CS_PEER_PROTOCOL` for what must not be followed. */
export function locationOf(status: number, headers: FieldLines, from: URL, rules: RedirectRules): URL | undefined {
  if (FOLLOWED[status] === undefined) return undefined;
  const location = field(headers, 'location');
  if (location === undefined) return undefined;
  const to = resolve(location, from);
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw refused(`to ${to.protocol.slice(0, 40)}`);
  if (from.protocol === 'https:' && to.protocol === 'http:' && !rules.downgrade) {
    throw refused('from https to http', '--allow-downgrade follows it');
  }
  to.username = '';
  to.password = '';
  if (to.hash === '') to.hash = from.hash;
  return to;
}

/** Octets that stand there as they are get their escapes; a control was refused with the header. */
function resolve(location: string, from: URL): URL {
  const clean = location.replace(/[^\x21-\x7e]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, '0')}`);
  try {
    return new URL(clean, from);
  } catch {
    throw refused('to what is no URL');
  }
}

/** The request that follows: another method where the rules say so, without what is not for the new origin. */
export function redirected(request: ExchangeRequest, status: number, from: URL, to: URL): ExchangeRequest {
  const { method } = request;
  const rule = FOLLOWED[status];
  const turns =
    method !== 'GET' && method !== 'HEAD' && (rule === 'get' || (rule === 'post-to-get' && method === 'POST'));
  const headers = (request.headers ?? []).filter(([name]) => {
    if (turns && OF_CONTENT.test(name)) return false;
    return from.origin === to.origin || !PRIVATE.has(name.toLowerCase());
  });
  const { body: _, ...rest } = request;
  return turns ? { ...rest, method: 'GET', headers } : { ...request, headers };
}

function refused(what: string, hint?: string): CsError {
  const facts = hint === undefined ? {} : { hint };
  return new CsError('CS_PEER_PROTOCOL', `the server redirects ${what}: not followed`, facts);
}
