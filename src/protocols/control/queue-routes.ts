import type { Json } from '../../contracts/journal.ts';
import type { Queue } from '../../contracts/spool.ts';
import { CsError } from '../../kit/errors.ts';
import { octets } from '../shared/http/octets.ts';
import { jsonReply, ndjsonReply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { body, each } from './asking.ts';
import { spooledJson } from './queue-wording.ts';

/** Mail on its way out. */
export function queueRoutes(queue: Queue): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/queue',
      safe: true,
      handle: async () => ndjsonReply(each((await queue.list()).map(spooledJson))),
    },
    {
      method: 'GET',
      path: '/v1/queue/:id',
      safe: true,
      handle: async (request) => {
        const id = request.params.get('id') ?? '';
        const found = (await queue.list()).find((message) => message.id === id);
        if (!found) throw new CsError('CS_NOT_FOUND', `no message ${id.slice(0, 100)} in the queue`);
        const headers = {
          'Content-Type': 'message/rfc822',
          'Content-Disposition': `attachment; filename="queue-${found.id}.eml"`,
        };
        return octets(found.size, headers, request, (range) => queue.read(found.id, range));
      },
    },
    {
      method: 'POST',
      path: '/v1/queue/retry',
      safe: false,
      handle: async (request) =>
        jsonReply({ schema: 'cs.queue.retry/1', recipients: await queue.retry(await idsOf(request)) }),
    },
    {
      method: 'POST',
      path: '/v1/queue/remove',
      safe: false,
      handle: async (request) => {
        const ids = await idsOf(request);
        if (ids === undefined) throw new CsError('CS_INPUT', 'ids says which to remove');
        return jsonReply({ schema: 'cs.queue.removed/1', removed: await queue.remove(ids) });
      },
    },
  ];
}

async function idsOf(request: HttpRequest): Promise<readonly string[] | undefined> {
  const { ids } = (await body(request)) as { ids?: Json };
  if (ids === undefined) return undefined;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string' && /^\d{1,15}$/.test(id))) {
    throw new CsError('CS_INPUT', 'ids is a list of ids');
  }
  return ids as readonly string[];
}
