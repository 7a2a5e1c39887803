/** What the control API offers. Keys are snake_case; only POST and DELETE change anything. */
import type { Json } from '../../contracts/journal.ts';
import type { Services } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import { jsonReply, ndjsonReply, type Reply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { body, each, wholeNumber } from './asking.ts';
import { fileRoutes } from './file-routes.ts';
import { follow } from './follow.ts';
import { mailRoutes } from './mail-routes.ts';
import { queueRoutes } from './queue-routes.ts';

export type ControlServices = Pick<Services, 'journal' | 'mail' | 'queue' | 'files' | 'instance'>;

export function routes(services: ControlServices): readonly Route[] {
  return [
    ...instanceRoutes(services),
    ...journalRoutes(services),
    ...mailRoutes(services.mail),
    ...queueRoutes(services.queue),
    ...fileRoutes(services.files),
  ];
}

/** What is kept of requests and files is that they happened. */
const FACTS: Readonly<Record<string, string>> = { request: 'request', file: 'file.stored' };

function instanceRoutes({ instance, mail, journal }: ControlServices): readonly Route[] {
  return [
    { method: 'GET', path: '/v1/ready', safe: true, handle: () => jsonReply(instance.ready()) },
    { method: 'GET', path: '/v1/state', safe: true, handle: () => jsonReply(instance.state()) },
    { method: 'POST', path: '/v1/stop', safe: false, handle: () => done(instance.stop()) },
    { method: 'POST', path: '/v1/reload', safe: false, handle: () => done(instance.reload()) },
    {
      method: 'POST',
      path: '/v1/clear',
      safe: false,
      handle: async (request) => {
        const { kind = 'mail', dry_run: dryRun = false } = await body(request);
        if (typeof dryRun !== 'boolean') throw new CsError('CS_INPUT', 'dry_run is true or false');
        const cleared = await clear(kind, dryRun, { mail, journal });
        return jsonReply({ schema: 'cs.clear/1', kind, cleared });
      },
    },
  ];
}

async function clear(
  kind: Json,
  dryRun: boolean,
  { mail, journal }: Pick<ControlServices, 'mail' | 'journal'>,
): Promise<number> {
  if (kind === 'mail') return dryRun ? (await (await mail.of('*')).list('INBOX')).length : mail.clear();
  const event = typeof kind === 'string' && Object.hasOwn(FACTS, kind) ? FACTS[kind] : undefined;
  if (event === undefined || !journal.clear) throw new CsError('CS_INPUT', 'mail, request and file can be cleared');
  return journal.clear(event, { dryRun });
}

async function done(work: Promise<void>): Promise<Reply> {
  await work;
  return jsonReply({ schema: 'cs.done/1' });
}

function journalRoutes({ journal }: ControlServices): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/mark',
      safe: false,
      handle: async () => jsonReply({ schema: 'cs.mark/1', cursor: await journal.mark() }),
    },
    {
      method: 'GET',
      path: '/v1/journal',
      safe: true,
      handle: async (request) => {
        const after = wholeNumber(request.query.get('after') ?? '0', 'after');
        return ndjsonReply(await follow(journal, after, eventsOf(request), request));
      },
    },
    {
      method: 'GET',
      path: '/v1/unclaimed',
      safe: true,
      handle: async (request) => ndjsonReply(each((await journal.unclaimed(eventsOf(request))) as unknown as Json[])),
    },
    {
      method: 'POST',
      path: '/v1/claim',
      safe: false,
      handle: async (request) => {
        const { cursor, exclusive = false } = await body(request);
        if (typeof exclusive !== 'boolean') throw new CsError('CS_INPUT', 'exclusive is true or false');
        const claimed = await journal.claim(wholeNumber(cursor, 'cursor'), exclusive);
        return jsonReply({ schema: 'cs.claim/1', claimed });
      },
    },
  ];
}

function eventsOf({ query }: HttpRequest): readonly string[] {
  return (query.get('events') ?? '').split(',').filter((event) => event !== '');
}
