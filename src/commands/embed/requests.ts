import type { Journal } from '../../contracts/journal.ts';
import { waitFor } from '../../waiting/waiting.ts';
import { bodyOf } from '../wait/request-body.ts';
import { awaitedRequest } from '../wait/request-match.ts';
import type { ReceivedRequest, Servers } from './fixture.ts';
import { orderOf, pairs, written } from './patterns.ts';

/** Captured requests, for a test. */
export function requests(journal: Journal): Pick<Servers, 'waitRequest'> {
  return {
    waitRequest: async (wish = {}) => {
      const { method, path, query, header, body = [] } = wish;
      const wanted = awaitedRequest({
        method,
        path: written(path),
        query: pairs(query, '='),
        header: pairs(header, ':'),
        body: typeof body === 'string' ? [body] : body,
      });
      const [match] = await waitFor(journal, wanted, orderOf(wish));
      const { fact } = match!;
      return {
        cursor: fact.cursor,
        method: String(fact.method),
        path: String(fact.path),
        query: String(fact.query ?? ''),
        headers: (fact.headers ?? {}) as ReceivedRequest['headers'],
        status: Number(fact.status),
        receivedAt: new Date(fact.ts),
        body: bodyOf(fact),
      };
    },
  };
}
