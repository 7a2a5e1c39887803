/** Mailpit's API v1, so that its clients and tests go on working. Reading a message here does not mark it as read: a GET changes nothing. */
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { residentMemory } from '../../../kit/resident-memory.ts';
import { jsonText } from '../../shared/http/json.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import { bodyOf } from '../api/choice.ts';
import { numberOf } from '../api/list.ts';
import { partReply } from '../api/message.ts';
import { type Body, release, sendLetter } from '../api/send.ts';
import { flag, retag } from '../api/state.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { readMessage } from '../model/message.ts';
import { keywordOf, tagsOf } from '../model/tags.ts';
import { addressText } from '../providers/written.ts';
import { search } from '../query/search.ts';
import { chaosEnabled, chaosRoutes } from './mailpit-chaos.ts';
import { htmlCheckJson } from './mailpit-html-check.ts';
import { allTags, itemJson, listJson, messageJson } from './mailpit-wording.ts';
import { octetsOf, rawFields } from './raw.ts';
import { htmlReply, textReply } from './shown-html.ts';

const LIMIT = 50;
const MOST = 1000;
const OK = textReply('ok');

export function mailpitRoutes(desk: Desk): readonly Route[] {
  return [...listing(desk), ...single(desk), ...tagging(desk), ...about(desk), ...chaosRoutes(desk)];
}

function listing(desk: Desk): readonly Route[] {
  return [
    get('/api/v1/messages', async (request) => page(desk, await desk.access.open(request), '', request)),
    get('/api/v1/search', async (request) => {
      const { query } = request;
      return page(desk, await desk.access.open(request), query.get('query') ?? '', request);
    }),
    change('PUT', '/api/v1/messages', async (request) => {
      const catalogue = await desk.access.open(request);
      const { IDs, Read = false, Search } = await bodyOf(request);
      if (typeof Read !== 'boolean') throw new CsError('CS_INPUT', 'Read is true or false');
      const wanted = await meant(desk, catalogue, IDs, Search);
      await flag(catalogue, uids(wanted), Read ? 'add' : 'remove', ['\\Seen']);
      return OK;
    }),
    // No IDs, or no body at all: everything, as there.
    change('DELETE', '/api/v1/messages', async (request) => {
      const catalogue = await desk.access.open(request);
      const { IDs } = await bodyOf(request);
      const reply = await removed(catalogue, await meant(desk, catalogue, IDs, undefined));
      // MailHog's client shares the path: it names no type, and takes any words for JSON.
      return request.header('content-type') === undefined ? { ...reply, body: '' } : reply;
    }),
    change('DELETE', '/api/v1/search', async (request) => {
      const catalogue = await desk.access.open(request);
      const query = request.query.get('query') ?? '';
      if (query.trim() === '') throw new CsError('CS_INPUT', 'no search query provided');
      return removed(catalogue, await search(catalogue, desk.digests, query));
    }),
    change('POST', '/api/v1/send', async (request) => {
      const body = await bodyOf(request);
      const { id } = await sendLetter(desk, request, letterOf(body));
      const tags = Array.isArray(body.Tags) ? body.Tags.map(String) : [];
      if (tags.length > 0) {
        const catalogue = await desk.access.open(request);
        const entry = catalogue.find(id);
        if (entry) await flag(catalogue, [entry.uid], 'add', tags.map(keywordOf));
      }
      return jsonReply({ ID: id });
    }),
  ];
}

function single(desk: Desk): readonly Route[] {
  const one = async (request: HttpRequest) => found(desk, request, request.params.get('id') ?? '');
  return [
    get('/api/v1/message/:id', async (request) => {
      const { catalogue, entry } = await one(request);
      return jsonReply(messageJson(entry, await readMessage(catalogue.mail, catalogue.name, entry.uid)));
    }),
    get('/api/v1/message/:id/headers', async (request) => {
      const { catalogue, entry } = await one(request);
      const octets = await octetsOf(catalogue, entry.uid, 256 * 1024);
      const end = octets.indexOf('\r\n\r\n');
      return jsonReply(rawFields(end === -1 ? octets : octets.subarray(0, end)));
    }),
    get('/api/v1/message/:id/raw', async (request) => {
      const { catalogue, entry } = await one(request);
      return {
        status: 200,
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
        body: catalogue.mail.read(catalogue.name, entry.uid),
        length: entry.size,
      };
    }),
    ...['/api/v1/message/:id/part/:part', '/api/v1/message/:id/part/:part/thumb'].map((path) =>
      get(path, async (request) => {
        const { catalogue, entry } = await one(request);
        return partReply(
          await readMessage(catalogue.mail, catalogue.name, entry.uid),
          request.params.get('part') ?? '',
        );
      }),
    ),
    change('POST', '/api/v1/message/:id/release', async (request) => {
      const { catalogue, entry } = await one(request);
      const { To } = await bodyOf(request);
      await release(desk, request, catalogue, entry, { to: To });
      return OK;
    }),
    get('/view/:name', async (request) => {
      const [, id = '', kind] = /^(.+)\.(html|txt)$/.exec(request.params.get('name') ?? '') ?? [];
      const { catalogue, entry } = await found(desk, request, id);
      const message = await readMessage(catalogue.mail, catalogue.name, entry.uid);
      return kind === 'html' ? htmlReply(message) : textReply(message.text ?? '');
    }),
    get('/api/v1/message/:id/link-check', async (request) => {
      const { catalogue, entry } = await one(request);
      const { html = '', text = '' } = await readMessage(catalogue.mail, catalogue.name, entry.uid);
      // Nothing is fetched (trust.md): each link is listed, and how it looks.
      const links = [...new Set(`${html} ${text}`.match(/https?:\/\/[^\s<>"')]{1,2000}/gi) ?? [])];
      const told = links.map((URL) => ({ URL, StatusCode: 0, Status: 'not fetched' }));
      return jsonReply({ Errors: 0, Links: told });
    }),
    get('/api/v1/message/:id/html-check', async (request) => {
      const { catalogue, entry } = await one(request);
      const { html } = await readMessage(catalogue.mail, catalogue.name, entry.uid);
      return html === undefined ? textReply('message does not contain HTML', 400) : jsonReply(htmlCheckJson(html));
    }),
    get('/api/v1/message/:id/sa-check', async (request) => {
      await one(request);
      return jsonReply({ Error: 'no SpamAssassin is set up', IsSpam: false, Rules: [], Score: 0 });
    }),
  ];
}

function tagging(desk: Desk): readonly Route[] {
  const renamed = async (request: HttpRequest, to: string | undefined): Promise<Reply> => {
    const catalogue = await desk.access.open(request);
    const tag = request.params.get('tag') ?? '';
    const having = catalogue.entries.filter(({ flags }) => tagsOf(flags).includes(tag));
    if (having.length === 0) throw new CsError('CS_NOT_FOUND', `no tag ${JSON.stringify(tag.slice(0, 100))}`);
    if (to !== undefined) await flag(catalogue, uids(having), 'add', [keywordOf(to)]);
    if (to !== tag) await flag(catalogue, uids(having), 'remove', [keywordOf(tag)]);
    return OK;
  };
  return [
    get('/api/v1/tags', async (request) => jsonReply(allTags(await desk.access.open(request)))),
    change('PUT', '/api/v1/tags', async (request) => {
      const catalogue = await desk.access.open(request);
      const { IDs, Tags = [] } = await bodyOf(request);
      if (!Array.isArray(Tags)) throw new CsError('CS_INPUT', 'Tags is a list');
      if (!Array.isArray(IDs)) throw new CsError('CS_INPUT', 'IDs is a list');
      const wanted = await meant(desk, catalogue, IDs, undefined);
      await retag(
        catalogue,
        uids(wanted),
        Tags.map((tag) => keywordOf(jsonText(tag, 'a tag'))),
      );
      return OK;
    }),
    change('PUT', '/api/v1/tags/:tag', async (request) => {
      const { Name } = await bodyOf(request);
      if (typeof Name !== 'string') throw new CsError('CS_INPUT', 'Name is the new tag');
      return renamed(request, Name);
    }),
    change('DELETE', '/api/v1/tags/:tag', (request) => renamed(request, undefined)),
  ];
}

function about(desk: Desk): readonly Route[] {
  const { ctx, access } = desk;
  return [
    get('/api/v1/info', async (request) => {
      const catalogue = await access.open(request);
      const { messages, unseen, bytes } = catalogue.mailbox;
      const tags = allTags(catalogue).map((tag) => {
        return [tag, catalogue.entries.filter(({ flags }) => tagsOf(flags).includes(tag)).length] as const;
      });
      return jsonReply({
        Version: `cs ${ctx.version}`,
        LatestVersion: `cs ${ctx.version}`,
        Database: '',
        DatabaseSize: bytes,
        Messages: messages,
        Unread: unseen,
        Tags: Object.fromEntries(tags),
        RuntimeStats: {
          Uptime: Math.round(process.uptime()),
          Memory: residentMemory(),
          MessagesDeleted: Math.max(catalogue.mailbox.uidNext - 1 - messages, 0),
          SMTPAccepted: catalogue.mailbox.uidNext - 1,
          SMTPAcceptedSize: bytes,
          SMTPRejected: 0,
          SMTPIgnored: 0,
        },
      });
    }),
    get('/api/v1/webui', async () => {
      const { leaving } = ctx.services.instance.ready();
      const patterns = Array.isArray(leaving) ? leaving.join(' ') : '';
      return jsonReply({
        Label: 'cs',
        MessageRelay: {
          Enabled: patterns !== '',
          SMTPServer: '',
          ReturnPath: '',
          AllowedRecipients: patterns,
          BlockedRecipients: '',
          OverrideFrom: '',
          PreserveMessageIDs: true,
          RecipientAllowlist: '',
        },
        SpamAssassin: false,
        ChaosEnabled: chaosEnabled(desk),
        DuplicatesIgnored: false,
        HideDeleteAllButton: false,
      });
    }),
  ];
}

type Handle = (request: HttpRequest) => Promise<Reply>;

function get(path: string, handle: Handle): Route {
  return { method: 'GET', path, safe: true, handle };
}

function change(method: string, path: string, handle: Handle): Route {
  return { method, path, safe: false, handle };
}

async function page(desk: Desk, catalogue: Catalogue, query: string, request: HttpRequest): Promise<Reply> {
  const start = numberOf(request.query.get('start'), 'start') ?? 0;
  const limit = Math.min(numberOf(request.query.get('limit'), 'limit') ?? LIMIT, MOST);
  const all = (await search(catalogue, desk.digests, query)).reverse();
  const shown = all.slice(start, start + limit);
  await desk.digests.glance(catalogue, shown);
  return jsonReply(
    listJson(
      catalogue,
      all,
      shown.map((entry) => itemJson(entry, desk.digests)),
      start,
    ),
  );
}

/** `latest`: the newest, of a search where one is given. */
async function found(desk: Desk, request: HttpRequest, id: string) {
  const catalogue = await desk.access.open(request);
  if (id !== 'latest') return { catalogue, entry: catalogue.get(id) };
  const entry = (await search(catalogue, desk.digests, request.query.get('query') ?? '')).at(-1);
  if (!entry) throw new CsError('CS_NOT_FOUND', 'no message');
  return { catalogue, entry };
}

async function meant(
  desk: Desk,
  catalogue: Catalogue,
  ids: Json | undefined,
  query: Json | undefined,
): Promise<readonly MailEntry[]> {
  if (typeof query === 'string' && query !== '') return search(catalogue, desk.digests, query);
  if (ids === undefined || ids === null || (Array.isArray(ids) && ids.length === 0)) return catalogue.entries;
  if (!Array.isArray(ids)) throw new CsError('CS_INPUT', 'IDs is a list');
  return ids.map((id) => catalogue.find(jsonText(id, 'an ID'))).filter((entry) => entry !== undefined);
}

function uids(entries: readonly MailEntry[]): readonly number[] {
  return entries.map(({ uid }) => uid);
}

async function removed(catalogue: Catalogue, entries: readonly MailEntry[]): Promise<Reply> {
  if (entries.length > 0) await catalogue.mail.remove(catalogue.name, uids(entries));
  return OK;
}

/** Mailpit's letter as ours. */
function letterOf(body: Body): Body {
  const written = (value: Json | undefined): string => addressText(value, 'Email', 'Name');
  const several = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(written) : []);
  const files = Array.isArray(body.Attachments) ? (body.Attachments as Body[]) : [];
  return {
    from: written(body.From),
    to: several(body.To),
    cc: several(body.Cc),
    bcc: Array.isArray(body.Bcc) ? body.Bcc : [],
    reply_to: several(body.ReplyTo),
    subject: body.Subject ?? '',
    headers: body.Headers ?? {},
    ...(body.Text === undefined ? {} : { text: body.Text }),
    ...(body.HTML === undefined ? {} : { html: body.HTML }),
    attachments: files.map((file) => ({
      name: file.Filename ?? '',
      base64: file.Content ?? '',
      ...(file.ContentType ? { type: file.ContentType } : {}),
      ...(file.ContentID ? { content_id: file.ContentID } : {}),
    })),
  };
}
