/** News as server-sent events (HTML section 9.2): the event's id is the journal's cursor, so a lost connection resumes by itself. */
import { asCsError } from '../../../kit/errors.ts';
import type { Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import type { News } from '../model/feed.ts';
import { type Listening, listenIn, newsJson } from './listening.ts';

export function eventRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/events',
      safe: true,
      handle: async (request) => {
        const listening = await listenIn(desk, request);
        const signal = AbortSignal.any([request.signal, request.conn.draining]);
        return {
          status: 200,
          headers: { 'Content-Type': 'text/event-stream' },
          body: lines(desk, listening, listening.news(signal)),
        };
      },
    },
  ];
}

async function* lines(
  desk: Desk,
  { catalogue }: Listening,
  news: AsyncIterable<News | undefined>,
): AsyncGenerator<string> {
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
