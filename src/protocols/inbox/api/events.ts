/** News as server-sent events (HTML section 9.2): the event's id is the journal's cursor, so a lost connection resumes by itself. */
import { asCsError } from '../../../kit/errors.ts';
import type { Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { feed, type News } from '../model/feed.ts';
import { countsJson, rowJson } from '../wording.ts';
import { numberOf } from './list.ts';

const HEARTBEAT = 15_000;
/** More arrivals at once than this are told without a look into each. */
const LOOKED_AT = 20;

export function eventRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/events',
      safe: true,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const after = numberOf(request.header('last-event-id') ?? request.query.get('after'), 'the cursor');
        const signal = AbortSignal.any([request.signal, request.conn.draining]);
        void desk.inboxes.follow(catalogue, signal);
        const news = feed(catalogue, desk.inboxes.journal, after, HEARTBEAT, signal);
        return {
          status: 200,
          headers: { 'Content-Type': 'text/event-stream' },
          body: lines(desk, catalogue, news),
        };
      },
    },
  ];
}

async function* lines(desk: Desk, catalogue: Catalogue, news: AsyncIterable<News | undefined>): AsyncGenerator<string> {
  yield 'retry: 1000\n\n';
  try {
    for await (const some of news) {
      if (some === undefined) yield ':\n\n';
      else yield `id: ${some.cursor}\nevent: news\ndata: ${JSON.stringify(await newsJson(desk, catalogue, some))}\n\n`;
    }
  } catch (thrown) {
    const { code, message } = asCsError(thrown);
    yield `event: failed\ndata: ${JSON.stringify({ code, message })}\n\n`;
  }
}

export async function newsJson(desk: Desk, catalogue: Catalogue, news: News) {
  const rows = [...news.added, ...news.changed];
  if (rows.length <= LOOKED_AT) await desk.digests.glance(catalogue, rows);
  const json = (entry: (typeof rows)[number]) => rowJson(entry, desk.digests);
  return {
    schema: 'cs.news/1',
    cursor: news.cursor,
    reset: news.reset ?? false,
    ...countsJson(catalogue),
    added: news.added.map(json),
    changed: news.changed.map(json),
    removed: news.removed,
  };
}
