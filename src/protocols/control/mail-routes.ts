import type { ByteRange, MailEntry, MailHouse, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { octets } from '../shared/http/octets.ts';
import { jsonReply, ndjsonReply, type Reply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { body, each, numbers } from './asking.ts';
import { mailViewRoutes } from './mail-view-routes.ts';
import { able, mailboxRoutes } from './mailbox-routes.ts';
import { boxJson, entryJson } from './wording.ts';
import { originJson } from './wording-mail.ts';

/** What a request is about. */
export type PlaceOf = (request: HttpRequest) => Promise<{ readonly mail: MailStore; readonly mailbox: string }>;

function placeIn(house: MailHouse): PlaceOf {
  return async ({ query }) => ({
    mail: await house.of(query.get('owner') ?? '*'),
    mailbox: query.get('mailbox') ?? 'INBOX',
  });
}

/** Every place takes `owner` (`*`: everything captured) and `mailbox` (INBOX). */
export function mailRoutes(house: MailHouse): readonly Route[] {
  const place = placeIn(house);
  return [
    ...mailboxRoutes(place),
    ...mailViewRoutes(place),
    {
      method: 'GET',
      path: '/v1/mailboxes',
      safe: true,
      handle: async (request) => {
        const { mail } = await place(request);
        return ndjsonReply(each((await mail.mailboxes()).map(boxJson)));
      },
    },
    {
      method: 'GET',
      path: '/v1/mail',
      safe: true,
      handle: async (request) => {
        const { mail, mailbox } = await place(request);
        const uids = request.query.get('uids');
        const entries = await mail.list(mailbox, uids === null ? undefined : numbers(uids.split(','), 'uids'));
        return ndjsonReply(each(entries.map(entryJson)));
      },
    },
    {
      method: 'GET',
      path: '/v1/mail/:id',
      safe: true,
      handle: async (request) => {
        const { mail, mailbox } = await place(request);
        const entry = await one(mail, mailbox, request);
        return raw(entry, request, (range) => mail.read(mailbox, entry.uid, range));
      },
    },
    {
      method: 'GET',
      path: '/v1/mail/:id/origin',
      safe: true,
      handle: async (request) => {
        const { mail, mailbox } = await place(request);
        const { uid } = await one(mail, mailbox, request);
        return jsonReply(originJson(await able(mail, 'origin')(mailbox, uid)));
      },
    },
    {
      method: 'DELETE',
      path: '/v1/mail/:id',
      safe: false,
      handle: async (request) => {
        const { mail, mailbox } = await place(request);
        const { uid } = await one(mail, mailbox, request);
        return jsonReply({ schema: 'cs.removed/1', removed: await mail.remove(mailbox, [uid]) });
      },
    },
    {
      method: 'POST',
      path: '/v1/mail/remove',
      safe: false,
      handle: async (request) => {
        const { mail, mailbox } = await place(request);
        const { uids } = await body(request);
        return jsonReply({ schema: 'cs.removed/1', removed: await mail.remove(mailbox, numbers(uids, 'uids')) });
      },
    },
  ];
}

async function one(mail: Awaited<ReturnType<MailHouse['of']>>, mailbox: string, { params }: HttpRequest) {
  const id = params.get('id') ?? '';
  const uid = /^\d{1,15}$/.test(id) ? Number(id) : undefined;
  const [entry] = uid === undefined ? [] : await mail.list(mailbox, [uid]);
  if (!entry) throw new CsError('CS_NOT_FOUND', `no message ${id.slice(0, 100)} in ${mailbox}`);
  return entry;
}

/** Shown by no browser. */
function raw(entry: MailEntry, request: HttpRequest, read: (range?: ByteRange) => AsyncIterable<Uint8Array>): Reply {
  const headers = {
    'Content-Type': 'message/rfc822',
    'Content-Disposition': `attachment; filename="${entry.uid}.eml"`,
  };
  return octets(entry.size, headers, request, read);
}
