/** News over a WebSocket: what `/api/events` sends, each as one text; who comes back says `?after=` the last cursor. */
import type { Json } from '../../../contracts/journal.ts';
import { asCsError } from '../../../kit/errors.ts';
import type { HttpRequest, UpgradeRoute } from '../../shared/http/route.ts';
import type { WebSocketEnd } from '../../shared/ws/end.ts';
import { webSocketRoute } from '../../shared/ws/route.ts';
import type { Desk } from '../inbox.ts';
import type { News } from '../model/feed.ts';
import { type Listening, listenIn, newsJson } from './listening.ts';

export function eventSocketRoutes(desk: Desk): readonly UpgradeRoute[] {
  const worded = async (news: News, { catalogue }: Listening) => [await newsJson(desk, catalogue, news)];
  return [socketOfNews(desk, '/api/events/socket', worded)];
}

/** One text for each thing that the wording makes of some news. Nothing is to be said to it. */
export function socketOfNews(
  desk: Desk,
  path: string,
  worded: (news: News, listening: Listening) => Promise<readonly Json[]>,
): UpgradeRoute {
  return webSocketRoute(path, socketRules(desk), async (request: HttpRequest) => {
    const listening = await listenIn(desk, request);
    return async (socket) => {
      const telling = tell(socket, listening, worded);
      for await (const _ of socket);
      await telling;
    };
  });
}

/** What every WebSocket of the inbox keeps to. */
export function socketRules({ ctx }: Desk) {
  return { minimumRate: ctx.limits.minimumRate, log: ctx.log };
}

/** As fast as the client takes it: what happens meanwhile is gathered. Never throws. */
async function tell(
  socket: WebSocketEnd,
  listening: Listening,
  worded: (news: News, listening: Listening) => Promise<readonly Json[]>,
): Promise<void> {
  try {
    for await (const news of listening.news(socket.signal)) {
      if (news === undefined) continue;
      for (const json of await worded(news, listening)) await socket.send(JSON.stringify(json));
    }
    if (listening.life?.aborted) socket.close(1008, 'this inbox is gone', 'S');
  } catch (thrown) {
    const { code, message } = asCsError(thrown);
    void socket.send(JSON.stringify({ schema: 'cs.error/1', code, message, hint: null }));
    socket.close(1011, message, 'E');
  }
}
