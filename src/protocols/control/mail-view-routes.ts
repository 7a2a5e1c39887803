/** Looking at mailboxes as a session does: views, changes, hints, search. */
import type { Json } from '../../contracts/journal.ts';
import type { MailboxView } from '../../contracts/mail.ts';
import { jsonReply, ndjsonReply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { wholeNumber } from './asking.ts';
import { streamed } from './follow.ts';
import type { PlaceOf } from './mail-routes.ts';
import { able } from './mailbox-routes.ts';
import { boxJson } from './wording.ts';
import { changesJson } from './wording-mail.ts';

/** Messages in one line of a view. */
const LINE = 5000;

export function mailViewRoutes(place: PlaceOf): readonly Route[] {
  const get = (
    path: string,
    handle: (at: Awaited<ReturnType<PlaceOf>>, request: HttpRequest) => ReturnType<Route['handle']>,
  ): Route => ({
    method: 'GET',
    path,
    safe: true,
    handle: async (request) => handle(await place(request), request),
  });
  return [
    get('/v1/mail/view', async ({ mail, mailbox }) => ndjsonReply(lines(await able(mail, 'open')(mailbox)))),
    get('/v1/mail/changes', async ({ mail, mailbox }, { query }) => {
      const since = wholeNumber(query.get('since') ?? '0', 'since');
      return jsonReply(changesJson(await able(mail, 'changes')(mailbox, since)));
    }),
    get('/v1/mail/watch', async ({ mail }, request) =>
      ndjsonReply(await streamed((signal) => names(able(mail, 'watch')(signal)), request)),
    ),
    get('/v1/mail/search', async ({ mail, mailbox }, { query }) => {
      const uids = await able(mail, 'search')(mailbox, query.get('words') ?? '');
      return jsonReply({ schema: 'cs.uids/1', uids: [...uids] });
    }),
    get('/v1/mail/contains', async ({ mail, mailbox }, { query }) => {
      const uids = await able(mail, 'contains')(mailbox, query.get('where') ?? 'text', query.get('text') ?? '');
      return jsonReply({ schema: 'cs.uids/1', uids: [...uids] });
    }),
    get('/v1/mail/quota', async ({ mail }) => {
      const { bytes, messages } = await able(mail, 'quota')();
      return jsonReply({ schema: 'cs.quota/1', bytes: { ...bytes }, messages: { ...messages } });
    }),
  ];
}

/** The mailbox and its sets of flags first, then columns of its messages. */
async function* lines({ mailbox, uids, modseqs, flags, flagSets }: MailboxView): AsyncGenerator<Json> {
  yield { mailbox: boxJson(mailbox), flag_sets: flagSets };
  for (let at = 0; at < uids.length; at += LINE) {
    const some = (column: Uint32Array | Float64Array): number[] => [...column.subarray(at, at + LINE)];
    yield { uids: some(uids), modseqs: some(modseqs), flags: some(flags) };
  }
}

/** The first line says that from now on nothing is missed. */
async function* names(heard: AsyncIterable<string>): AsyncGenerator<Json> {
  yield { watching: true };
  for await (const mailbox of heard) yield { mailbox };
}
