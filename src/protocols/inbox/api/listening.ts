/** What everybody who is told of news begins with: whose mailbox, from which cursor, and how it is worded. */
import type { HttpRequest } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { feed, type News } from '../model/feed.ts';
import { countsJson, rowJson } from '../wording.ts';
import { numberOf } from './list.ts';

const HEARTBEAT = 15_000;
/** More arrivals at once than this are told without a look into each. */
const LOOKED_AT = 20;

export interface Listening {
  readonly catalogue: Catalogue;
  /** Of a lent inbox: aborts when it is gone. */
  readonly life: AbortSignal | undefined;
  /** Once; undefined is a heartbeat. Ends with the signal, and with the inbox. */
  news(signal: AbortSignal): AsyncIterable<News | undefined>;
}

/** By `?inbox=`, `?mailbox=`, and `?after=` or Last-Event-ID. Throws what refuses the request. */
export async function listenIn(desk: Desk, request: HttpRequest): Promise<Listening> {
  const catalogue = await desk.access.open(request);
  const { life } = await desk.access.principal(request);
  const { journal } = desk.inboxes;
  const given = numberOf(request.header('last-event-id') ?? request.query.get('after'), 'the cursor');
  // Before the answer: who has it misses nothing of what comes then.
  const after = given ?? (await journal.mark());
  return {
    catalogue,
    life,
    news: (open) => {
      const signal = life ? AbortSignal.any([open, life]) : open;
      void desk.inboxes.follow(catalogue, signal);
      return feed(catalogue, journal, after, HEARTBEAT, signal);
    },
  };
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
