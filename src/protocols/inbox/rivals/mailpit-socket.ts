/** Mailpit's WebSocket: `{"Type", "Data"}` for each message that comes, changes or goes, and the counters behind them. */
import type { Json } from '../../../contracts/journal.ts';
import type { UpgradeRoute } from '../../shared/http/route.ts';
import { socketOfNews } from '../api/event-socket.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { News } from '../model/feed.ts';
import { tagsOf } from '../model/tags.ts';
import { itemJson } from './mailpit-wording.ts';

export function mailpitSocketRoutes(desk: Desk): readonly UpgradeRoute[] {
  return [
    socketOfNews(desk, '/api/events', async (news, { catalogue }) => {
      await desk.digests.glance(catalogue, news.added);
      return notices(desk, catalogue, news);
    }),
  ];
}

/** A `Type` and what it is about. */
function notices({ ctx, digests }: Desk, { mailbox }: Catalogue, news: News): readonly Json[] {
  const { added, changed, removed, reset } = news;
  const emptied = removed.length > 1 && mailbox.messages === 0;
  const stats = { Total: mailbox.messages, Unread: mailbox.unseen, Version: `cs ${ctx.version}` };
  return [
    // What was there before is to be asked for again.
    ...(reset ? [told('prune', null)] : []),
    ...added.map((entry) => told('new', itemJson(entry, digests))),
    ...changed.map(({ id, flags }) => told('update', { ID: id, Read: flags.includes('\\Seen'), Tags: tagsOf(flags) })),
    ...removed.map((ID) => told('delete', { ID })),
    ...(emptied ? [told('truncate', null)] : []),
    told('stats', stats),
  ];
}

function told(Type: string, Data: Json): Json {
  return { Type, Data };
}
