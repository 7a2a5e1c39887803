/** MailDev's API at `/email` (2) and `/api/email` (3). Lists are oldest first, as there; bodies are with the newest 500 only. */
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { attachment } from '../../shared/http/content-disposition.ts';
import { jsonText } from '../../shared/http/json.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import { bodyOf } from '../api/choice.ts';
import { partReply } from '../api/message.ts';
import { release } from '../api/send.ts';
import { flag } from '../api/state.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { readMessage } from '../model/message.ts';
import { emailJson } from './maildev-wording.ts';
import { htmlReply } from './shown-html.ts';

const MOST = 500;

export function maildevRoutes(desk: Desk): readonly Route[] {
  return ['', '/api'].flatMap((base) => routesAt(desk, base));
}

function routesAt(desk: Desk, base: string): readonly Route[] {
  const one = async (request: HttpRequest) => {
    const catalogue = await desk.access.open(request);
    const entry = catalogue.get(request.params.get('id') ?? '');
    return { catalogue, entry, message: () => readMessage(catalogue.mail, catalogue.name, entry.uid) };
  };
  const relayed = async (request: HttpRequest): Promise<Reply> => {
    const { catalogue, entry } = await one(request);
    const to = request.params.get('to');
    await release(desk, request, catalogue, entry, to === undefined ? {} : { to: [to] });
    return jsonReply(true);
  };
  return [
    get(`${base}/email`, async (request) => jsonReply(await list(await desk.access.open(request), request.query))),
    get(`${base}/email/:id`, async (request) => {
      const { entry, message } = await one(request);
      return jsonReply(emailJson(entry, await message()));
    }),
    get(`${base}/email/:id/html`, async (request) => htmlReply(await (await one(request)).message())),
    get(`${base}/email/:id/source`, async (request) => source(await one(request), 'text/plain; charset=utf-8')),
    get(`${base}/email/:id/download`, async (request) => {
      const found = await one(request);
      const reply = source(found, 'message/rfc822');
      return { ...reply, headers: { ...reply.headers, 'Content-Disposition': attachment(`${found.entry.id}.eml`) } };
    }),
    get(`${base}/email/:id/attachment/:name`, async (request) => {
      const message = await (await one(request)).message();
      const wanted = request.params.get('name') ?? '';
      const part = message.parts.find(
        ({ role, name, id }) => role === 'attachment' && (name || `part-${id}`) === wanted,
      );
      if (!part) throw new CsError('CS_NOT_FOUND', 'the message has no such attachment');
      return partReply(message, part.id);
    }),
    change('POST', `${base}/email/:id/relay`, relayed),
    change('POST', `${base}/email/:id/relay/:to`, relayed),
    change('PATCH', `${base}/email/read-all`, async (request) => {
      const catalogue = await desk.access.open(request);
      const unread = catalogue.entries.filter(({ flags }) => !flags.includes('\\Seen'));
      await flag(
        catalogue,
        unread.map(({ uid }) => uid),
        'add',
        ['\\Seen'],
      );
      return jsonReply(unread.length);
    }),
    change('DELETE', `${base}/email/all`, async (request) => {
      const catalogue = await desk.access.open(request);
      await catalogue.mail.remove(
        catalogue.name,
        catalogue.entries.map(({ uid }) => uid),
      );
      return jsonReply(true);
    }),
    change('POST', `${base}/email/delete`, async (request) => {
      const catalogue = await desk.access.open(request);
      const { ids } = await bodyOf(request);
      if (!Array.isArray(ids)) throw new CsError('CS_INPUT', 'ids is a list');
      const uids = ids.map((id) => catalogue.find(jsonText(id, 'an id'))?.uid).filter((uid) => uid !== undefined);
      return jsonReply(await catalogue.mail.remove(catalogue.name, uids));
    }),
    change('DELETE', `${base}/email/:id`, async (request) => {
      const { catalogue, entry } = await one(request);
      await catalogue.mail.remove(catalogue.name, [entry.uid]);
      return jsonReply(true);
    }),
    get(`${base}/config`, async () =>
      jsonReply({ version: `cs ${desk.ctx.version}`, smtpPort: null, isOutgoingEnabled: false, outgoingHost: null }),
    ),
    get(`${base}/healthz`, async () => jsonReply(true)),
  ];
}

type Handle = (request: HttpRequest) => Promise<Reply>;

function get(path: string, handle: Handle): Route {
  return { method: 'GET', path, safe: true, handle };
}

function change(method: string, path: string, handle: Handle): Route {
  return { method, path, safe: false, handle };
}

function source({ catalogue, entry }: { catalogue: Catalogue; entry: MailEntry }, type: string): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': type },
    body: catalogue.mail.read(catalogue.name, entry.uid),
    length: entry.size,
  };
}

/** `?subject=hi&from.address=a@x.test`: each name is a way into the message, each value what stands there. */
async function list(catalogue: Catalogue, query: URLSearchParams): Promise<Json[]> {
  const filters = [...query].filter(([name]) => !['inbox', 'mailbox', 'token', 'skip', 'limit'].includes(name));
  const told: Json[] = [];
  for (const entry of catalogue.entries.slice(-MOST)) {
    const email = emailJson(entry, await readMessage(catalogue.mail, catalogue.name, entry.uid));
    if (filters.every(([name, value]) => valuesAt(email, name.split('.')).includes(value))) told.push(email);
  }
  return told;
}

function valuesAt(json: Json | undefined, way: readonly string[]): readonly string[] {
  if (json === undefined || json === null) return [];
  if (Array.isArray(json)) return json.flatMap((one) => valuesAt(one, way));
  const [name, ...rest] = way;
  if (name === undefined) return typeof json === 'object' ? [] : [String(json)];
  return typeof json === 'object' && Object.hasOwn(json, name)
    ? valuesAt((json as { readonly [key: string]: Json })[name], rest)
    : [];
}
