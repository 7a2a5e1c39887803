/** Messages as a listing shows them, and one message whole. Nothing is marked as seen by it. */
import type { ByteRange, MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { headerFacts } from '../../shared/header-facts.ts';
import { formatSet } from '../syntax/sequence-set.ts';
import { type Account, either, refresh, select } from './account.ts';
import type { Fetched } from './fetch-items.ts';
import { inMailbox, news, onFetched } from './mailbox.ts';
import type { Session } from './session.ts';

/** A header's octets (trust.md section 2). */
const HEADER_LIMIT = 100 * 1024;
/** Messages in one FETCH. */
const BATCH = 500;

export async function listEntries(
  account: Account,
  mailbox: string,
  uids?: readonly number[],
): Promise<readonly MailEntry[]> {
  const wanted = uids === undefined ? undefined : [...new Set(uids)].sort((a, b) => a - b);
  const found = new Map<number, Fetched>();
  let validity = 0;
  const modseq = account.can.has('CONDSTORE') ? ' MODSEQ' : '';
  const items = `(UID FLAGS INTERNALDATE RFC822.SIZE${modseq} BODY.PEEK[HEADER]<0.${HEADER_LIMIT}>)`;
  await inMailbox(account, mailbox, false, async (session) => {
    validity = session.selected?.facts.get('UIDVALIDITY') ?? 0;
    const take = either(
      onFetched((one) => {
        if (one.uid !== undefined && one.size !== undefined) found.set(one.uid, one);
      }),
      news,
    );
    for (const set of wanted === undefined ? ['1:*'] : batches(wanted).map(formatSet))
      await session.run({ name: 'FETCH', parts: [`UID FETCH ${set} ${items}`], take });
  });
  const known = wanted && new Set(wanted);
  const all = [...found.values()].filter(({ uid }) => known?.has(uid!) ?? true);
  return all.sort((a, b) => a.uid! - b.uid!).map((one) => entryOf(one, validity));
}

function entryOf(fetched: Fetched, validity: number): MailEntry {
  const { uid = 0, size = 0, flags = [], modseq = 0, receivedAt, content } = fetched;
  const { headers, envelope } = headerFacts(content ?? new Uint8Array(0));
  const time = new Date(receivedAt ?? 0).toISOString();
  return { uid, id: `${validity}.${uid}`, size, receivedAt: time, flags, modseq, envelope, headers };
}

function batches(uids: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(uids.length / BATCH);
  return Array.from({ length: count }, (_, at) => uids.slice(at * BATCH, (at + 1) * BATCH));
}

/** One message, from the wire to whoever reads. Throws `CS_NOT_FOUND`. */
export async function* readMessage(
  account: Account,
  mailbox: string,
  uid: number,
  range?: ByteRange,
): AsyncGenerator<Uint8Array> {
  const { pool, names } = account;
  const name = names.toServer(mailbox);
  const { start = 0, end } = range ?? {};
  if (end !== undefined && end <= start) return;
  const part = range === undefined ? '' : `<${start}.${Math.min((end ?? 0xffffffff) - start, 0xffffffff)}>`;
  const session = await pool.take(name);
  try {
    const known = session.selected;
    await select(session, name, names.written(mailbox), false);
    let there = yield* octetsOf(session, uid, part);
    if (!there && session.selected === known) {
      await refresh(session);
      there = yield* octetsOf(session, uid, part);
    }
    if (!there) throw new CsError('CS_NOT_FOUND', `no message ${uid} in ${mailbox}`);
  } finally {
    await pool.give(session);
  }
}

/** Whether there is such a message, as far as this conversation knows. */
async function* octetsOf(session: Session, uid: number, part: string): AsyncGenerator<Uint8Array, boolean> {
  const short: Uint8Array[] = [];
  let there = false;
  // What came before and after the literal is parsed when the line is whole; then the octets have gone by.
  const take = either(
    onFetched((one) => {
      if (one.uid !== uid) return;
      there ||= one.streamed === true || one.content !== undefined;
      if (one.content) short.push(one.content);
    }),
    news,
  );
  const parts = [`UID FETCH ${uid} (UID BODY.PEEK[]${part})`];
  for await (const chunk of session.stream({ name: 'FETCH', parts, take }, /BODY\[\](?:<\d+>)? ~?$/i)) {
    yield chunk;
  }
  yield* short;
  return there;
}
