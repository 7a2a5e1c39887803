/** Where a lent inbox's token may stand: browsers, and the clients of rivals and providers, each have a place of their own. */
import { tokenHolder } from '../../kit/lent-token.ts';
import { challenge } from '../shared/http/login/logins.ts';
import type { HttpRequest } from '../shared/http/route.ts';

export type Shown = Pick<HttpRequest, 'conn' | 'header' | 'signal'>;

/**
 * The request with its token as a bearer's (RFC 6750), where it has one: `?token=` (an EventSource and a link have no
 * headers), the password of Basic whoever the user is (`api:TOKEN`), Postmark's own header. Throws 401 for a `?token=` that
 * is no token.
 */
export function withToken(request: HttpRequest): Shown {
  const { conn, signal } = request;
  const asked = request.query.get('token');
  if (asked !== null && tokenHolder(asked) === undefined) throw challenge('this is not the token of an inbox');
  const token = asked ?? request.header('x-postmark-server-token') ?? passwordOf(request.header('authorization'));
  if (token === undefined || tokenHolder(token) === undefined) return request;
  return { conn, signal, header: (name) => (name === 'authorization' ? `Bearer ${token}` : request.header(name)) };
}

function passwordOf(authorization: string | undefined): string | undefined {
  const [, coded] = /^basic +([A-Za-z0-9+/]{1,2000}=*) *$/i.exec(authorization ?? '') ?? [];
  if (coded === undefined) return undefined;
  const text = Buffer.from(coded, 'base64').toString('latin1');
  return text.slice(text.indexOf(':') + 1);
}
