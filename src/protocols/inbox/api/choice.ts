/** Which messages a request means. */
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import type { HttpRequest } from '../../shared/http/route.ts';
import type { Catalogue } from '../model/catalogue.ts';

const MOST = 100_000;

/** Those of a search, ascending by uid; of an empty one all. */
export async function matching(catalogue: Catalogue, search: string): Promise<MailEntry[]> {
  const words = search.trim();
  if (words === '') return [...catalogue.entries];
  const found = new Set(await catalogue.mail.search?.(catalogue.name, words));
  return catalogue.entries.filter(({ uid }) => found.has(uid));
}

type Body = { readonly [key: string]: Json | undefined };

export async function bodyOf(request: HttpRequest): Promise<Body> {
  const value = await request.json();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CsError('CS_INPUT', 'the body is not a JSON object');
  }
  return value as Body;
}

/** `{"ids": [...]}`, `{"query": "..."}` or `{"all": true}`; nothing of it is an error, so that nobody empties a store by an empty body. */
export async function chosen(catalogue: Catalogue, { ids, query, all }: Body): Promise<readonly MailEntry[]> {
  if (all === true) return catalogue.entries;
  if (typeof query === 'string') return matching(catalogue, query);
  if (!Array.isArray(ids) || ids.length > MOST) throw new CsError('CS_INPUT', 'one of ids, query and all is needed');
  return ids.map((id) => catalogue.find(String(id))).filter((entry) => entry !== undefined);
}
