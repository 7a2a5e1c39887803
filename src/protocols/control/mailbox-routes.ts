/** Changing mailboxes and what stands in them. */
import type { FlagChange, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { jsonReply, type Reply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { body, numbers, wholeNumber, word, words } from './asking.ts';
import type { PlaceOf } from './mail-routes.ts';
import { copiedJson, flagResultJson } from './wording-mail.ts';

/** Octets of one message. */
const MESSAGE = 64 * 1024 * 1024;
const CHANGES: readonly string[] = ['add', 'remove', 'replace'] satisfies FlagChange[];

type Asked = Awaited<ReturnType<typeof body>>;

export function mailboxRoutes(place: PlaceOf): readonly Route[] {
  const post = (path: string, handle: (mail: MailStore, mailbox: string, asked: Asked) => Promise<Reply>): Route => ({
    method: 'POST',
    path,
    safe: false,
    handle: async (request) => {
      const { mail, mailbox } = await place(request);
      return handle(mail, mailbox, await body(request));
    },
  });
  return [
    post('/v1/mailboxes/create', async (mail, mailbox, { use }) =>
      done(able(mail, 'create')(mailbox, use === undefined ? {} : { use: words(use, 'use') })),
    ),
    post('/v1/mailboxes/drop', (mail, mailbox) => done(able(mail, 'drop')(mailbox))),
    post('/v1/mailboxes/rename', (mail, mailbox, { to }) => done(able(mail, 'rename')(mailbox, word(to, 'to')))),
    post('/v1/mailboxes/subscribe', (mail, mailbox, { on }) => done(able(mail, 'subscribe')(mailbox, on !== false))),
    post('/v1/mail/flag', async (mail, mailbox, { uids, change, flags, unchanged_since }) => {
      if (!CHANGES.includes(word(change, 'change'))) throw new CsError('CS_INPUT', 'change is add, remove or replace');
      const since = unchanged_since === undefined ? undefined : wholeNumber(unchanged_since, 'unchanged_since');
      const how = since === undefined ? {} : { unchangedSince: since };
      const flag = able(mail, 'flag');
      const given = words(flags, 'flags');
      return jsonReply(flagResultJson(await flag(mailbox, numbers(uids, 'uids'), change as FlagChange, given, how)));
    }),
    post('/v1/mail/copy', async (mail, mailbox, { uids, to }) =>
      jsonReply(copiedJson(await able(mail, 'copy')(mailbox, numbers(uids, 'uids'), word(to, 'to')))),
    ),
    post('/v1/mail/move', async (mail, mailbox, { uids, to }) =>
      jsonReply(copiedJson(await able(mail, 'move')(mailbox, numbers(uids, 'uids'), word(to, 'to')))),
    ),
    {
      method: 'POST',
      path: '/v1/mail/append',
      safe: false,
      handle: async (request) => {
        const { mail, mailbox } = await place(request);
        return append(mail, mailbox, request);
      },
    },
  ];
}

/** The content is the message; `flags` (separated by commas) and `received_at` go along in the query. */
async function append(mail: MailStore, mailbox: string, request: HttpRequest): Promise<Reply> {
  const flags = (request.query.get('flags') ?? '').split(',').filter((flag) => flag !== '');
  const receivedAt = request.query.get('received_at') ?? undefined;
  if (receivedAt !== undefined && Number.isNaN(Date.parse(receivedAt))) {
    throw new CsError('CS_INPUT', 'received_at is not a time');
  }
  const draft = await able(mail, 'append')(mailbox, { flags, ...(receivedAt === undefined ? {} : { receivedAt }) });
  try {
    for await (const chunk of request.body(MESSAGE)) await draft.write(chunk);
    const { id, size, uid, uidValidity } = await draft.commit();
    return jsonReply({ schema: 'cs.appended/1', id, size, uid, uid_validity: uidValidity });
  } catch (error) {
    await draft.abort();
    throw error;
  }
}

/** Throws `CS_UNSUPPORTED`. */
export function able<K extends Exclude<keyof MailStore, 'era'>>(mail: MailStore, member: K): NonNullable<MailStore[K]> {
  const found = mail[member];
  if (found) return found.bind(mail) as NonNullable<MailStore[K]>;
  throw new CsError('CS_UNSUPPORTED', `this mail cannot ${member}`);
}

async function done(work: Promise<void>): Promise<Reply> {
  await work;
  return jsonReply({ schema: 'cs.done/1' });
}
