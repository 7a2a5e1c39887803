import type { Json } from '../../../contracts/journal.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';
import { checkHtml, type HtmlCheck } from '../checks/html.ts';
import { checkLinks } from '../checks/links.ts';
import type { Desk } from '../inbox.ts';
import { readMessage } from '../model/message.ts';

/** A record of records is JSON already; TypeScript wants to see each. */
function htmlJson({ scores, features, notes }: HtmlCheck): Json {
  return { scores, notes, features: features.map(({ name, support, advice }) => ({ name, support, advice })) };
}

export function checkRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/messages/:id/checks',
      safe: true,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const { uid } = catalogue.get(request.params.get('id') ?? '');
        const { html, text } = await readMessage(catalogue.mail, catalogue.name, uid);
        const links = checkLinks(html, text).map((link) => ({ ...link }));
        return jsonReply({
          schema: 'cs.checks/1',
          links,
          html: html === undefined ? null : htmlJson(checkHtml(html)),
        });
      },
    },
  ];
}
