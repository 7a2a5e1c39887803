/** The octets of messages, many at once. Nothing is marked as seen by it. */
import type { MessageIndex, Scanned, ScanWish, Uids } from '../../../contracts/mail.ts';
import type { Account } from './account.ts';
import { readMessage } from './entries.ts';
import type { Fetched } from './fetch-items.ts';
import { fetchUids } from './mailbox.ts';

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
  const wanted = [...uids];
  const saved = account.can.has('SAVEDATE') ? ' SAVEDATE' : '';
  for (let at = 0; at === 0 || at < wanted.length; at += BATCH) {
    const some = wanted.slice(at, at + BATCH);
    const { found: facts, validity } = await fetchAll(account, mailbox, some, `RFC822.SIZE INTERNALDATE${saved}`);
    const there = some.filter((uid) => facts.get(uid)?.size !== undefined);
    for (const batch of bounded(there, facts, wish)) {
      const { contents, headers } = await octetsOf(account, mailbox, batch, facts, wish);
      const scanned: Scanned[] = [];
      for (const uid of batch) {
        const content = contents.get(uid)?.content;
        const octets = {
          content: wish.content ? content : undefined,
          header: headers.get(uid)?.content ?? headerOf(content),
        };
        const index = wish.index && (await indexOf(account, mailbox, uid, content, wish.index));
        scanned.push(scannedOf(facts.get(uid)!, validity, { ...octets, header: wish.header && octets.header, index }));
      }
      yield scanned;
    }
  }
}

function scannedOf(
  { uid = 0, size = 0, receivedAt = 0, savedAt = receivedAt }: Fetched,
  validity: number,
  { index, header, content }: { [K in 'index' | 'header' | 'content']?: Scanned[K] | undefined },
): Scanned {
  return {
    uid,
    id: `${validity}.${uid}`,
    size,
    receivedAt,
    savedAt,
    ...(index ? { index } : {}),
    ...(header ? { header } : {}),
    ...(content ? { content } : {}),
  };
}

/** Of a message that was fetched whole. */
function headerOf(content: Uint8Array | undefined): Uint8Array | undefined {
  return content?.subarray(0, Math.min(HEADER_LIMIT, headerLength(content)));
}

function headerLength(content: Uint8Array): number {
  const octets = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (octets.indexOf('\r\n') === 0) return 2;
  const end = octets.indexOf('\r\n\r\n');
  return end === -1 ? octets.length : end + 4;
}

/** Made here, in one pass over the octets: no server tells where the parts begin. */
async function indexOf(
  account: Account,
  mailbox: string,
  uid: number,
  content: Uint8Array | undefined,
  wish: NonNullable<ScanWish['index']>,
): Promise<Partial<MessageIndex>> {
  const { MessageIndexer } = await import('../../../kit/mime/indexer.ts');
  const indexer = new MessageIndexer();
  if (content) indexer.write(content);
  else for await (const chunk of readMessage(account, mailbox, uid)) indexer.write(chunk);
  const index = indexer.end();
  return Object.fromEntries(wish.map((key) => [key, index[key]]));
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
  return (wish.content || wish.index) && size <= CONTENT_LIMIT ? size : header;
}

async function octetsOf(
  account: Account,
  mailbox: string,
  uids: readonly number[],
  facts: ReadonlyMap<number, Fetched>,
  wish: ScanWish,
) {
  const whole = wish.content || wish.index !== undefined;
  const isShort = (uid: number): boolean => (facts.get(uid)?.size ?? 0) <= CONTENT_LIMIT;
  const short = whole ? uids.filter(isShort) : [];
  const long = wish.header ? uids.filter((uid) => !whole || !isShort(uid)) : [];
  const none = { found: new Map<number, Fetched>() };
  const contents =
    short.length === 0 ? none : await fetchAll(account, mailbox, short, 'BODY.PEEK[]', 2 * CONTENT_LIMIT);
  const headers =
    long.length === 0 ? none : await fetchAll(account, mailbox, long, `BODY.PEEK[HEADER]<0.${HEADER_LIMIT}>`);
  return { contents: contents.found, headers: headers.found };
}

async function fetchAll(account: Account, mailbox: string, uids: readonly number[], items: string, keep?: number) {
  const found = new Map<number, Fetched>();
  const take = (one: Fetched): boolean => {
    found.set(one.uid!, { ...found.get(one.uid!), ...one });
    return one.size !== undefined || one.content !== undefined;
  };
  const validity = await fetchUids(account, mailbox, { uids, items, keep, take });
  return { found, validity };
}
