/** MailHog's API: v2 whole but for its chaos, of v1 what does not stand in Mailpit's way (all of it with `--inbox-api mailhog`). */
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { collect } from '../../shared/http/body.ts';
import { attachment } from '../../shared/http/content-disposition.ts';
import { parseJson } from '../../shared/http/json.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route, UpgradeRoute } from '../../shared/http/route.ts';
import { socketOfNews } from '../api/event-socket.ts';
import { numberOf } from '../api/list.ts';
import { type Listening, listenIn } from '../api/listening.ts';
import { type Body, release } from '../api/send.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { search } from '../query/search.ts';
import { octetsOf, type RawPart, rawMessage } from './raw.ts';

const LIMIT = 50;
const MOST = 250;
const NOTHING: Reply = { status: 200, headers: { 'Content-Type': 'text/json' }, body: '' };

export function mailhogRoutes(desk: Desk, first: boolean): readonly (Route | UpgradeRoute)[] {
  const one = async (request: HttpRequest) => {
    const catalogue = await desk.access.open(request);
    return { catalogue, entry: catalogue.get(request.params.get('id') ?? '') };
  };
  return [
    ...(first ? [get('/api/v1/messages', (request) => plainList(desk, request))] : []),
    get('/api/v2/messages', async (request) => list(await desk.access.open(request), undefined, request)),
    get('/api/v2/search', async (request) => {
      const catalogue = await desk.access.open(request);
      return list(catalogue, await matching(desk, catalogue, request), request);
    }),
    get('/api/v2/jim', async () => ({ ...NOTHING, status: 404 })),
    get('/api/v2/outgoing-smtp', async () => jsonReply({})),
    get('/api/v1/messages/:id', async (request) => {
      const { catalogue, entry } = await one(request);
      return jsonReply(await itemJson(catalogue, entry));
    }),
    get('/api/v1/messages/:id/download', async (request) => {
      const { catalogue, entry } = await one(request);
      return {
        status: 200,
        headers: { 'Content-Type': 'message/rfc822', 'Content-Disposition': attachment(`${entry.id}.eml`) },
        body: catalogue.mail.read(catalogue.name, entry.uid),
        length: entry.size,
      };
    }),
    {
      method: 'DELETE',
      path: '/api/v1/messages/:id',
      safe: false,
      handle: async (request) => {
        const { catalogue, entry } = await one(request);
        await catalogue.mail.remove(catalogue.name, [entry.uid]);
        return NOTHING;
      },
    },
    {
      method: 'POST',
      path: '/api/v1/messages/:id/release',
      safe: false,
      handle: async (request) => {
        const { catalogue, entry } = await one(request);
        const { email, Email } = await untyped(request);
        await release(desk, request, catalogue, entry, { to: email ?? Email });
        return NOTHING;
      },
    },
    get('/api/v1/events', async (request) => {
      const listening = await listenIn(desk, request);
      const signal = AbortSignal.any([request.signal, request.conn.draining]);
      return { status: 200, headers: { 'Content-Type': 'text/event-stream' }, body: arrivals(listening, signal) };
    }),
    socketOfNews(desk, '/api/v2/websocket', ({ added }, { catalogue }) => items(catalogue, added)),
  ];
}

/** Its client names no type; what a page of another origin sends has an Origin, and comes no further than that. */
async function untyped(request: HttpRequest): Promise<Body> {
  const value = parseJson(await collect(request.body(64 * 1024)));
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Body) : {};
}

function get(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, safe: true, handle };
}

async function plainList(desk: Desk, request: HttpRequest): Promise<Reply> {
  const catalogue = await desk.access.open(request);
  const newest = catalogue.entries.slice(-MOST).reverse();
  return jsonReply(await items(catalogue, newest));
}

async function list(
  catalogue: Catalogue,
  found: readonly MailEntry[] = catalogue.entries,
  { query }: HttpRequest,
): Promise<Reply> {
  const start = numberOf(query.get('start'), 'start') ?? 0;
  const limit = Math.min(numberOf(query.get('limit'), 'limit') ?? LIMIT, MOST);
  const shown = [...found].reverse().slice(start, start + limit);
  return jsonReply({ total: found.length, count: shown.length, start, items: await items(catalogue, shown) });
}

/** `from` and `to` look at the envelope and the header, `containing` at everything. */
async function matching(desk: Desk, catalogue: Catalogue, { query }: HttpRequest): Promise<readonly MailEntry[]> {
  const wanted = (query.get('query') ?? '').toLowerCase();
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  switch (query.get('kind')) {
    case 'from':
      return catalogue.entries.filter(({ envelope, headers }) => has(envelope.from) || has(headers.from));
    case 'to':
      return catalogue.entries.filter(({ envelope, headers }) => envelope.to.some(has) || headers.to.some(has));
    default: {
      const uids = await catalogue.mail.contains?.(catalogue.name, 'text', wanted);
      if (!uids) return search(catalogue, desk.digests, `"${wanted.replaceAll('"', '')}"`);
      const known = new Set(uids);
      return catalogue.entries.filter(({ uid }) => known.has(uid));
    }
  }
}

async function items(catalogue: Catalogue, entries: readonly MailEntry[]): Promise<Json[]> {
  const told: Json[] = [];
  for (const entry of entries) told.push(await itemJson(catalogue, entry));
  return told;
}

async function itemJson(catalogue: Catalogue, entry: MailEntry): Promise<Json> {
  const octets = await octetsOf(catalogue, entry.uid);
  const message = rawMessage(octets);
  return {
    ID: entry.id,
    From: pathJson(entry.envelope.from),
    To: entry.envelope.to.map(pathJson),
    Content: contentJson(message),
    Created: entry.receivedAt,
    MIME: mimeJson(message),
    Raw: { From: entry.envelope.from, To: entry.envelope.to, Data: octets.toString('utf8'), Helo: '' },
  };
}

function pathJson(address: string): Json {
  const at = address.lastIndexOf('@');
  const Mailbox = at === -1 ? address : address.slice(0, at);
  return { Relays: null, Mailbox, Domain: at === -1 ? '' : address.slice(at + 1), Params: '' };
}

function contentJson({ fields, body, size }: RawPart): Json {
  return { Headers: fields, Body: body, Size: size, MIME: null };
}

function mimeJson({ parts }: RawPart): Json {
  if (parts.length === 0) return null;
  return { Parts: parts.map((part) => ({ ...(contentJson(part) as object), MIME: mimeJson(part) })) };
}

async function* arrivals({ catalogue, news }: Listening, signal: AbortSignal): AsyncGenerator<string> {
  yield '\n';
  for await (const some of news(signal)) {
    if (some === undefined) yield ':\n\n';
    for (const json of await items(catalogue, some?.added ?? [])) yield `data: ${JSON.stringify(json)}\n\n`;
  }
}
