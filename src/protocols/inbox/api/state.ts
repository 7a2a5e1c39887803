/** What people do to messages: read, star, tag, delete. */
import type { Json } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { keywordOf, tagsOf } from '../model/tags.ts';
import { countsJson } from '../wording.ts';
import { bodyOf, chosen } from './choice.ts';

export function stateRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'PATCH',
      path: '/api/messages',
      safe: false,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const body = await bodyOf(request);
        const uids = (await chosen(catalogue, desk.digests, body)).map(({ uid }) => uid);
        for (const [change, flags] of changes(body)) await flag(catalogue, uids, change, flags);
        if (Array.isArray(body.tags)) await retag(catalogue, uids, texts(body.tags, 'tags').map(keywordOf));
        await catalogue.refresh();
        return jsonReply({ schema: 'cs.changed/1', changed: uids.length, ...countsJson(catalogue) });
      },
    },
    {
      method: 'DELETE',
      path: '/api/messages',
      safe: false,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const uids = (await chosen(catalogue, desk.digests, await bodyOf(request))).map(({ uid }) => uid);
        return removed(catalogue, uids);
      },
    },
    {
      method: 'DELETE',
      path: '/api/messages/:id',
      safe: false,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        return removed(catalogue, [catalogue.get(request.params.get('id') ?? '').uid]);
      },
    },
  ];
}

async function removed(catalogue: Catalogue, uids: readonly number[]) {
  const count = uids.length === 0 ? 0 : await catalogue.mail.remove(catalogue.name, uids);
  await catalogue.refresh();
  return jsonReply({ schema: 'cs.removed/1', removed: count, ...countsJson(catalogue) });
}

type Change = readonly ['add' | 'remove', readonly string[]];

const FLAGS = { seen: '\\Seen', flagged: '\\Flagged', answered: '\\Answered' } as const;

/** `{"seen": true, "add_tags": ["a"]}`. Throws `CS_INPUT`. */
function changes(body: { readonly [key: string]: Json | undefined }): readonly Change[] {
  const found: Change[] = [];
  for (const [key, name] of Object.entries(FLAGS)) {
    const value = body[key];
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw new CsError('CS_INPUT', `${key} is true or false`);
    found.push([value ? 'add' : 'remove', [name]]);
  }
  if (body.add_tags !== undefined) found.push(['add', texts(body.add_tags, 'add_tags').map(keywordOf)]);
  if (body.remove_tags !== undefined) found.push(['remove', texts(body.remove_tags, 'remove_tags').map(keywordOf)]);
  if (found.length === 0 && !Array.isArray(body.tags)) throw new CsError('CS_INPUT', 'nothing to change');
  return found;
}

function texts(value: Json, name: string): readonly string[] {
  if (Array.isArray(value) && value.length <= 100 && value.every((one) => typeof one === 'string')) return value;
  throw new CsError('CS_INPUT', `${name} is not a list of at most 100 texts`);
}

export async function flag(catalogue: Catalogue, uids: readonly number[], change: Change[0], flags: readonly string[]) {
  if (!catalogue.mail.flag) throw new CsError('CS_UNSUPPORTED', 'this mail cannot be flagged');
  if (uids.length > 0 && flags.length > 0) await catalogue.mail.flag(catalogue.name, uids, change, flags);
}

/** These tags, and no others. */
export async function retag(catalogue: Catalogue, uids: readonly number[], keywords: readonly string[]): Promise<void> {
  const entries = await catalogue.mail.list(catalogue.name, uids);
  const before = new Set(entries.flatMap(({ flags }) => tagsOf(flags).map(keywordOf)));
  await flag(
    catalogue,
    uids,
    'remove',
    [...before].filter((keyword) => !keywords.includes(keyword)),
  );
  await flag(catalogue, uids, 'add', keywords);
}
