import type { Queue, SpoolMessage } from '../../contracts/spool.ts';
import type { Calls } from './calls.ts';
import { spooledOf } from './queue-wording.ts';
import { number, record } from './wording.ts';

/** The queue of a running instance. */
export function remoteQueue(calls: Calls): Queue {
  return {
    list: async () => {
      const messages: SpoolMessage[] = [];
      for await (const line of calls.lines('/v1/queue', {})) messages.push(spooledOf(line));
      return messages;
    },
    read: (id, range) => calls.bytes(`/v1/queue/${encodeURIComponent(id)}`, {}, range),
    retry: async (ids) =>
      number(record(await calls.post('/v1/queue/retry', ids === undefined ? {} : { ids })), 'recipients'),
    remove: async (ids) => number(record(await calls.post('/v1/queue/remove', { ids })), 'removed'),
  };
}
