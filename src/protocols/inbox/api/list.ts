/** Lists of messages, newest first: by pages for programs, as bare ids for who draws all of it. */
import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { precondition } from '../../shared/http/conditions.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { search } from '../query/search.ts';
import { countsJson, rowJson } from '../wording.ts';

const LIMIT = 50;
const MOST = 500;
/** Milliseconds: `quick=1` would rather have a row without its snippet than wait for it. */
const QUICK = 25;

export function listRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/messages',
      safe: true,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const quick = request.query.has('quick');
        return (quick ? undefined : unchanged(request, catalogue)) ?? messages(desk, catalogue, request, quick);
      },
    },
    {
      method: 'GET',
      path: '/api/ids',
      safe: true,
      handle: async (request) => {
        const cursor = await desk.inboxes.journal.mark();
        const catalogue = await desk.access.open(request);
        const found = await search(catalogue, desk.digests, request.query.get('q') ?? '');
        const ids = found.map(({ id }) => Number(id)).reverse();
        return jsonReply({ schema: 'cs.message_ids/1', cursor, ...countsJson(catalogue), ids });
      },
    },
  ];
}

async function messages(desk: Desk, catalogue: Catalogue, request: HttpRequest, quick: boolean): Promise<Reply> {
  const { query } = request;
  const cursor = await desk.inboxes.journal.mark();
  const wanted = query.get('ids');
  const limit = Math.min(numberOf(query.get('limit'), 'limit') ?? LIMIT, MOST);
  const found =
    wanted === null
      ? (await search(catalogue, desk.digests, query.get('q') ?? '')).reverse()
      : named(catalogue, wanted);
  const before = numberOf(query.get('before'), 'before');
  const start = before === undefined ? (numberOf(query.get('start'), 'start') ?? 0) : after(found, before);
  const page = found.slice(start, start + limit);
  await desk.digests.glance(catalogue, page, quick ? QUICK : undefined);
  const rest = start + page.length < found.length;
  const reply = jsonReply({
    schema: 'cs.messages/1',
    cursor,
    ...countsJson(catalogue),
    matched: found.length,
    start,
    next: rest ? (page.at(-1)?.uid ?? null) : null,
    messages: page.map((entry) => rowJson(entry, desk.digests)),
  });
  // What was left out is there the next time, though nothing changed.
  if (quick) return reply;
  return { ...reply, headers: { ...reply.headers, ETag: `W/${tag(catalogue)}`, 'Cache-Control': 'no-cache' } };
}

/** Of those asked for, the ones that are there, in the order given. */
function named(catalogue: Catalogue, ids: string): MailEntry[] {
  const list = ids.split(',');
  if (list.length > MOST) throw new CsError('CS_INPUT', `more than ${MOST} ids`);
  return list.map((id) => catalogue.find(id)).filter((entry) => entry !== undefined);
}

/** Descending by uid: the index of the first one older than `before`. */
function after(found: readonly MailEntry[], before: number): number {
  const at = found.findIndex(({ uid }) => uid < before);
  return at === -1 ? found.length : at;
}

function tag({ mailbox }: Catalogue): string {
  return `"${mailbox.uidValidity}-${mailbox.highestModseq}"`;
}

function unchanged(request: HttpRequest, catalogue: Catalogue): Reply | undefined {
  const etag = tag(catalogue);
  if (precondition(request, { etag, modified: undefined }) !== 304) return undefined;
  return { status: 304, headers: { ETag: `W/${etag}`, 'Cache-Control': 'no-cache' } };
}

export function numberOf(written: string | null, name: string): number | undefined {
  if (written === null) return undefined;
  if (!/^\d{1,15}$/.test(written)) throw new CsError('CS_INPUT', `${name} is not a whole number`);
  return Number(written);
}
