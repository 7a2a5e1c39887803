import { jsonReply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import { EVERYTHING } from '../model/inboxes.ts';
import { tagsOf } from '../model/tags.ts';

/** Names in one answer, the busiest first. */
const MOST = 500;

/** Whom mail came for: what a test calls its own inbox. An account sees its own name only. */
export function inboxRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/inboxes',
      safe: true,
      handle: async (request) => {
        const user = await desk.access.user(request);
        const counts = new Map<string, number>();
        const catalogue = await desk.inboxes.open(user === '' ? EVERYTHING : user, 'INBOX');
        if (user !== '') counts.set(user, catalogue.mailbox.messages);
        else {
          for (const { envelope } of catalogue.entries) {
            for (const address of new Set(envelope.to.map((one) => one.toLowerCase()))) {
              counts.set(address, (counts.get(address) ?? 0) + 1);
            }
          }
        }
        const busiest = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, MOST);
        return jsonReply({
          schema: 'cs.inboxes/1',
          total: counts.size,
          inboxes: busiest.map(([name, messages]) => ({ name, messages })),
        });
      },
    },
    {
      method: 'GET',
      path: '/api/tags',
      safe: true,
      handle: async (request) => {
        const { entries } = await desk.access.open(request);
        const counts = new Map<string, number>();
        for (const { flags } of entries) for (const tag of tagsOf(flags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
        const tags = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, messages]) => ({ name, messages }));
        return jsonReply({ schema: 'cs.tags/1', tags });
      },
    },
  ];
}
