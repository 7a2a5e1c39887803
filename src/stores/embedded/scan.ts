import type { MessageIndex, Scanned, ScanWish, Uids } from '../../contracts/mail.ts';
import type { Place, ReaderCalls, ScanBatch } from './calls.ts';
import { FROM_COLUMN } from './index-columns.ts';
import type { Thread } from './thread.ts';

/** The next batch is read while the last one is looked at. */
export async function* scan(
  reader: Thread<ReaderCalls>,
  place: Place,
  uids: Uids,
  wish: ScanWish,
): AsyncGenerator<readonly Scanned[]> {
  const wanted = Uint32Array.from(uids);
  const ask = (from: number): Asked | undefined => {
    if (from >= wanted.length) return undefined;
    const some = wanted.slice(from, from + STEP);
    const batch = reader.call('scan', { ...place, uids: some, wish });
    // Whoever stops looking never asks how it went.
    batch.catch(() => {});
    return { batch, from, end: from + some.length };
  };
  // A mailbox that is not there is told of even where nothing is asked of it.
  for (
    let asked = ask(0) ?? { batch: reader.call('scan', { ...place, uids: wanted, wish }), from: 0, end: 0 };
    asked;
  ) {
    const batch: ScanBatch = await asked.batch;
    const next = ask(batch.next === undefined ? asked.end : asked.from + batch.next);
    if (batch.uids.length > 0) yield unpacked(batch);
    if (!next) return;
    asked = next;
  }
}

/** Uids that cross to the reader at once. */
const STEP = 20_000;

interface Asked {
  readonly batch: Promise<ScanBatch>;
  readonly from: number;
  readonly end: number;
}

function unpacked(batch: ScanBatch): Scanned[] {
  const wanted = Object.keys(batch.index) as (keyof MessageIndex)[];
  let headerAt = 0;
  let contentAt = batch.headers.reduce((sum, length) => sum + Math.max(0, length), 0);
  return Array.from(batch.uids, (uid, at): Scanned => {
    const [header, content] = [batch.headers[at]!, batch.contents[at]!];
    const one: Scanned = {
      uid,
      id: String(batch.ids[at]),
      size: batch.sizes[at]!,
      receivedAt: batch.receivedAt[at]!,
      savedAt: batch.savedAt[at]!,
      ...(wanted.length > 0 && { index: indexAt(batch, wanted, at) }),
      ...(header >= 0 && { header: batch.octets.subarray(headerAt, headerAt + header) }),
      ...(content >= 0 && { content: batch.octets.subarray(contentAt, contentAt + content) }),
    };
    headerAt += Math.max(0, header);
    contentAt += Math.max(0, content);
    return one;
  });
}

function indexAt(batch: ScanBatch, wanted: readonly (keyof MessageIndex)[], at: number): Partial<MessageIndex> {
  return Object.fromEntries(wanted.map((key) => [key, FROM_COLUMN[key](batch.index[key]![at]!)]));
}
