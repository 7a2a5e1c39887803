/** The API told to programs (OpenAPI 3.1). A test holds it against the routes: neither has what the other has not. */
import type { Json } from '../../../contracts/journal.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';

interface Told {
  readonly does: string;
  /** Name → what it is; of the query. */
  readonly query?: Readonly<Record<string, string>>;
  /** Name → what it is; of the JSON body. */
  readonly body?: Readonly<Record<string, string>>;
  /** The `schema` of its answer, or its media type. */
  readonly answers: string;
  readonly status?: number;
}

const PLACE = {
  inbox: 'whose mail: an address or a login; * (everything captured) unless accounts are required',
  mailbox: 'INBOX, or another mailbox of that inbox',
};
const CHOICE = {
  ids: 'list of message ids',
  query: 'all that this search finds',
  all: 'true: every message of the mailbox',
};
const WISH = {
  to: 'recipient: part of it in any case, or /regex/i',
  from: 'sender, likewise',
  subject: 'likewise',
  body: 'likewise',
  header: 'NAME: PATTERN; may be repeated',
  extract: 'code, link, link:/re/, header:NAME, text:/re(group)/',
  after: 'only what came after this cursor',
  count: 'exactly so many',
  timeout: '30s; at most 5m',
};

export const OPERATIONS: Readonly<Record<string, Told>> = {
  'GET /api/messages': {
    does: 'messages, newest first, by pages',
    query: {
      ...PLACE,
      q: 'words, "phrases", from: to: cc: bcc: reply-to: addressed: subject: message-id: tag: is: has: before: after: larger: smaller:, - in front for none of it',
      limit: '50; at most 500',
      start: 'how many to pass over',
      before: 'the `next` of the page before',
      ids: 'only these, in this order',
      quick: 'rather without snippets than later',
    },
    answers: 'cs.messages/1',
  },
  'GET /api/ids': {
    does: 'ids of all that a search finds, newest first',
    query: { ...PLACE, q: 'a search' },
    answers: 'cs.message_ids/1',
  },
  'GET /api/messages/:id': { does: 'one message: texts, headers, parts', query: PLACE, answers: 'cs.message/1' },
  'GET /api/messages/:id/source': {
    does: 'the message as it came, octet for octet; ranges',
    query: { ...PLACE, download: 'to be saved as .eml' },
    answers: 'text/plain',
  },
  'GET /api/messages/:id/transcript': {
    does: 'who delivered it (client address, HELO, login, TLS), and the conversation, without credentials',
    query: PLACE,
    answers: 'cs.transcript/1',
  },
  'GET /api/messages/:id/parts/:part': {
    does: 'one part, its coding undone, to be saved',
    query: PLACE,
    answers: 'application/octet-stream',
  },
  'GET /api/messages/:id/checks': {
    does: 'links, HTML and List-Unsubscribe, checked offline',
    query: PLACE,
    answers: 'cs.checks/1',
  },
  'GET /api/messages/:id/authentication': {
    does: 'SPF, DKIM, DMARC and ARC, as whoever --dns or --zone names answers; checked: false where neither does',
    query: PLACE,
    answers: 'cs.authentication/1',
  },
  'POST /api/messages': {
    does: 'compose and deliver, as if it had come by SMTP',
    body: {
      from: 'address, with a name or without',
      to: 'address, or a list of them',
      cc: 'likewise',
      bcc: 'likewise',
      subject: 'one line',
      text: 'plain text',
      html: 'HTML',
      in_reply_to: 'Message-ID of what it answers',
      attachments: 'list of {name, type, base64}',
    },
    answers: 'cs.sent/1',
    status: 201,
  },
  'PATCH /api/messages': {
    does: 'read, star, tag: one, many, all',
    query: PLACE,
    body: {
      ...CHOICE,
      seen: 'true or false',
      flagged: 'true or false',
      answered: 'true or false',
      tags: 'these and no others',
      add_tags: 'list',
      remove_tags: 'list',
    },
    answers: 'cs.changed/1',
  },
  'DELETE /api/messages': { does: 'delete many or all', query: PLACE, body: CHOICE, answers: 'cs.removed/1' },
  'DELETE /api/messages/:id': { does: 'delete one', query: PLACE, answers: 'cs.removed/1' },
  'POST /api/messages/:id/release': {
    does: 'let it go to whom --relay-allow names, by --relay or --deliver',
    query: PLACE,
    body: { to: 'list of addresses; whom it came for if absent', from: 'sender; as it came if absent' },
    answers: 'cs.released/1',
    status: 202,
  },
  'GET /api/inboxes': { does: 'addresses and logins that mail came for', answers: 'cs.inboxes/1' },
  'POST /api/inboxes': {
    does: 'an inbox for a while: a login and a token that see nothing but it; both go with its mail when its time is up',
    body: {
      name: 'what its name begins with; the rest is random',
      ttl: '1h; at most 168h. Fixed: using it changes nothing',
      quota: '{messages, bytes}: what it may hold',
      domain: 'of its address; inbox.test',
    },
    answers: 'cs.inbox/1',
    status: 201,
  },
  'GET /api/inboxes/:name': { does: 'until when it is lent, and what it may hold', answers: 'cs.inbox/1' },
  'PATCH /api/inboxes/:name': {
    does: 'from now on so much time',
    body: { ttl: '10m' },
    answers: 'cs.inbox/1',
  },
  'DELETE /api/inboxes/:name': { does: 'end it, with its mail and its login', answers: 'cs.inbox_ended/1' },
  'GET /api/tags': { does: 'tags there are, and of how many messages', query: PLACE, answers: 'cs.tags/1' },
  'GET /api/wait': {
    does: 'block until such mail is there; 404 tells what came instead',
    query: { inbox: PLACE.inbox, ...WISH },
    answers: 'cs.wait/1',
  },
  'POST /api/wait': {
    does: 'the same, and it may take the match so that nobody else gets it',
    query: { inbox: PLACE.inbox },
    body: { ...WISH, claim: 'true: take it' },
    answers: 'cs.wait/1',
  },
  'GET /api/events': {
    does: 'what happens, as server-sent events (`news`, cs.news/1); Last-Event-ID resumes',
    query: { ...PLACE, after: 'cursor to go on from' },
    answers: 'text/event-stream',
  },
  'GET /api/events/socket': {
    does: 'the same as a WebSocket: each `news` is one text; `after` resumes. A plain GET is 426',
    query: { ...PLACE, after: 'cursor to go on from' },
    answers: 'cs.news/1',
    status: 101,
  },
  'GET /api/openapi.json': { does: 'this', answers: 'application/json' },
};

/** An account's login, or the token of a lent inbox. */
const SECURITY = {
  login: { type: 'http', scheme: 'basic' },
  token: { type: 'http', scheme: 'bearer' },
  token_in_query: { type: 'apiKey', in: 'query', name: 'token' },
};

export function openapiRoutes(version: string): readonly Route[] {
  const handle = () => jsonReply(document(version));
  return [{ method: 'GET', path: '/api/openapi.json', safe: true, handle }];
}

type Fields = { [key: string]: Json };

function document(version: string): Json {
  const paths: { [path: string]: Fields } = {};
  for (const [place, told] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = place.split(' ');
    const written = path.replace(/:([a-z]+)/g, '{$1}');
    paths[written] = { ...paths[written], [method.toLowerCase()]: operation(path, told) };
  }
  const error = {
    type: 'object',
    properties: { code: text('CS_...'), message: text('a sentence'), hint: text('what helps') },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'cs inbox', version, description: 'Mail that was captured. Keys only ever get more.' },
    paths,
    components: { schemas: { error }, securitySchemes: SECURITY },
    // One of them, or none on a server that needs no login.
    security: [{}, ...Object.keys(SECURITY).map((name) => ({ [name]: [] }))],
  };
}

function operation(path: string, { does, query = {}, body, answers, status = 200 }: Told): Json {
  const inPath = [...path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => parameter(name, 'path', `the ${name}’s id`));
  const inQuery = Object.entries(query).map(([name, what]) => parameter(name, 'query', what));
  const properties = Object.fromEntries(
    Object.entries(body ?? {}).map(([name, what]) => [name, { description: what }]),
  );
  const media = answers.includes('/') && !answers.startsWith('cs.') ? answers : 'application/json';
  return {
    summary: does,
    parameters: [...inPath, ...inQuery],
    ...(body ? { requestBody: { content: { 'application/json': { schema: { type: 'object', properties } } } } } : {}),
    responses: {
      [String(status)]: {
        description: does,
        content: {
          [media]: { schema: media === answers ? {} : { type: 'object', properties: { schema: { const: answers } } } },
        },
      },
      default: {
        description: 'refused',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/error' } } },
      },
    },
  };
}

function parameter(name: string, place: 'path' | 'query', description: string): Json {
  return { name, in: place, required: place === 'path', description, schema: { type: 'string' } };
}

function text(description: string): Json {
  return { type: 'string', description };
}
