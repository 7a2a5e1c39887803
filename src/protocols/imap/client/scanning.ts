/** The octets of messages, many at once. Nothing is marked as seen by it. */
import type { Scanned, ScanWish, Uids } from '../../../contracts/mail.ts';
import { formatSet } from '../syntax/sequence-set.ts';
import { type Account, either } from './account.ts';
import type { Fetched } from './fetch-items.ts';
import { inMailbox, news, onFetched } from './mailbox.ts';

/** A header's octets (trust.md section 2), and those of a message that is scanned whole. */
const HEADER_LIMIT = 100 * 1024;
const CONTENT_LIMIT = 256 * 1024;
/** Messages in one FETCH, and octets of one batch. */
const BATCH = 500;
const BATCH_OCTETS = 1024 * 1024;

/** Sizes first: what is long is left to `read`. */
export async function* scanMessages(
  account: Account,
  mailbox: string,
  uids: Uids,
  wish: ScanWish,
): AsyncGenerator<readonly Scanned[]> {
  for (let at = 0; at < uids.length; at += BATCH) {
    const wanted = [...uids.slice(at, at + BATCH)];
    const facts = await fetchAll(account, mailbox, wanted, 'RFC822.SIZE INTERNALDATE');
    const there = wanted.filter((uid) => facts.get(uid)?.size !== undefined);
    for (const batch of bounded(there, facts, wish)) {
      const { contents, headers } = await octetsOf(account, mailbox, batch, facts, wish);
      yield batch.map((uid) => scannedOf(facts.get(uid)!, contents.get(uid)?.content, headers.get(uid)?.content));
    }
  }
}

function scannedOf({ uid = 0, size = 0, receivedAt = 0 }: Fetched, content?: Uint8Array, header?: Uint8Array): Scanned {
  const octets = { ...(content ? { content } : {}), ...(header ? { header } : {}) };
  return { uid, id: String(uid), size, receivedAt, savedAt: receivedAt, ...octets };
}

function* bounded(
  uids: readonly number[],
  facts: ReadonlyMap<number, Fetched>,
  wish: ScanWish,
): Generator<readonly number[]> {
  let batch: number[] = [];
  let octets = 0;
  for (const uid of uids) {
    const size = costOf(facts.get(uid)?.size ?? 0, wish);
    if (batch.length > 0 && octets + size > BATCH_OCTETS) {
      yield batch;
      batch = [];
      octets = 0;
    }
    batch.push(uid);
    octets += size;
  }
  if (batch.length > 0) yield batch;
}

/** Headers are guessed: few have more. */
function costOf(size: number, wish: ScanWish): number {
  const header = wish.header ? Math.min(size, 8192) : 0;
  return wish.content && size <= CONTENT_LIMIT ? size : header;
}

async function octetsOf(
  account: Account,
  mailbox: string,
  uids: readonly number[],
  facts: ReadonlyMap<number, Fetched>,
  wish: ScanWish,
) {
  const none = new Map<number, Fetched>();
  const short = wish.content ? uids.filter((uid) => (facts.get(uid)?.size ?? 0) <= CONTENT_LIMIT) : [];
  return {
    contents: short.length === 0 ? none : await fetchAll(account, mailbox, short, 'BODY.PEEK[]', 2 * CONTENT_LIMIT),
    headers: wish.header ? await fetchAll(account, mailbox, uids, `BODY.PEEK[HEADER]<0.${HEADER_LIMIT}>`) : none,
  };
}

async function fetchAll(account: Account, mailbox: string, uids: readonly number[], items: string, keep?: number) {
  const found = new Map<number, Fetched>();
  await inMailbox(account, mailbox, false, async (session) => {
    const take = either(
      onFetched((one) => {
        if (one.uid !== undefined) found.set(one.uid, { ...found.get(one.uid), ...one });
      }),
      news,
    );
    const parts = [`UID FETCH ${formatSet([...uids].sort((a, b) => a - b))} (UID ${items})`];
    await session.run({ name: 'FETCH', parts, take, ...(keep === undefined ? {} : { keep }) });
  });
  return found;
}
