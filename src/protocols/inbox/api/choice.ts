/** Which messages a request means. */
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { jsonText } from '../../shared/http/json.ts';
import type { HttpRequest } from '../../shared/http/route.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { Digests } from '../model/digest.ts';
import { search } from '../query/search.ts';

const MOST = 100_000;

type Body = { readonly [key: string]: Json | undefined };

export async function bodyOf(request: HttpRequest): Promise<Body> {
  const value = await request.json();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CsError('CS_INPUT', 'the body is not a JSON object');
  }
  return value as Body;
}

/** `{"ids": [...]}`, `{"query": "..."}` or `{"all": true}`; nothing of it is an error, so that nobody empties a store by an empty body. */
export async function chosen(
  catalogue: Catalogue,
  digests: Digests,
  { ids, query, all }: Body,
): Promise<readonly MailEntry[]> {
  if (all === true) return catalogue.entries;
  if (typeof query === 'string') return search(catalogue, digests, query);
  if (!Array.isArray(ids) || ids.length > MOST) throw new CsError('CS_INPUT', 'one of ids, query and all is needed');
  return ids.map((id) => catalogue.find(jsonText(id, 'an id'))).filter((entry) => entry !== undefined);
}
