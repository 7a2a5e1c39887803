import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';
import { checkAuthentication, notChecked } from '../checks/authentication.ts';
import { checkHtml, type HtmlCheck } from '../checks/html.ts';
import { checkLinks } from '../checks/links.ts';
import { checkUnsubscribe, type UnsubscribeCheck } from '../checks/unsubscribe.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { MESSAGE_LIMIT, octetsOf, readMessage } from '../model/message.ts';

/** A record of records is JSON already; TypeScript wants to see each. */
function htmlJson({ scores, features, notes }: HtmlCheck): Json {
  return { scores, notes, features: features.map((feature) => ({ ...feature })) };
}

function unsubscribeJson({ links, oneClick, problems }: UnsubscribeCheck): Json {
  return { links, one_click: oneClick, problems };
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
        const { html, text, headers } = await readMessage(catalogue.mail, catalogue.name, uid);
        const links = checkLinks(html, text).map((link) => ({ ...link }));
        const unsubscribe = checkUnsubscribe(headers);
        return jsonReply({
          schema: 'cs.checks/1',
          links,
          html: html === undefined ? null : htmlJson(checkHtml(html)),
          unsubscribe: unsubscribe ? unsubscribeJson(unsubscribe) : null,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/messages/:id/authentication',
      safe: true,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const entry = catalogue.get(request.params.get('id') ?? '');
        return jsonReply({ schema: 'cs.authentication/1', ...(await authentication(desk, catalogue, entry)) });
      },
    },
  ];
}

async function authentication(
  { ctx }: Desk,
  { mail, name }: Catalogue,
  entry: MailEntry,
): Promise<{ readonly [key: string]: Json }> {
  const { names } = ctx.services;
  if (!names)
    return notChecked('not checked: this server asks no name server', 'start it with --dns ADDR or --zone FILE');
  // A part of the body is another body.
  if (entry.size > MESSAGE_LIMIT) return notChecked('not checked: the message is larger than 32 MiB', 'cs get it');
  const [octets, origin] = await Promise.all([
    octetsOf(mail, name, entry.uid, MESSAGE_LIMIT),
    mail.origin?.(name, entry.uid),
  ]);
  return checkAuthentication({ octets, entry, origin, hostname: ctx.server.hostname }, names);
}
