import { isAscii } from 'node:buffer';
import type { MessageIndex, Scanned, ScanWish, Uids } from '../../contracts/mail.ts';
import type { OctetColumn, Place, ReaderCalls, ScanBatch } from './calls.ts';
import { FROM_COLUMN } from './index-columns.ts';
import type { Thread } from './thread.ts';

/**
 * The next batch is read while the last one is looked at.
 * @param unindexed called where there was no index of something that one is needed for
 */
export async function* scan(
  reader: Thread<ReaderCalls>,
  place: Place,
  uids: Uids,
  wish: ScanWish,
  unindexed: () => void,
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
    if (batch.unindexed) unindexed();
    const next = ask(batch.next === undefined ? asked.end : asked.from + batch.next);
    if (batch.uids.length > 0) yield unpacked(batch);
    if (!next) return;
    asked = next;
  }
}

/** Uids that cross to the reader at once: no batch is of more. */
const STEP = 1000;

interface Asked {
  readonly batch: Promise<ScanBatch>;
  readonly from: number;
  readonly end: number;
}

type Row = { -readonly [K in keyof Scanned]: Scanned[K] };

function unpacked({ uids, ids, sizes, receivedAt, savedAt, columns }: ScanBatch): Scanned[] {
  const headers = columns.header && octetsOf(columns.header);
  const contents = columns.content && octetsOf(columns.content);
  const indexes = indexesOf(columns, uids.length);
  const rows: Scanned[] = [];
  for (let at = 0; at < uids.length; at++) {
    const row: Row = {
      uid: uids[at]!,
      id: String(ids[at]),
      size: sizes[at]!,
      receivedAt: receivedAt[at]!,
      savedAt: savedAt[at]!,
    };
    if (indexes) row.index = indexes[at]!;
    const [header, content] = [headers?.[at], contents?.[at]];
    if (header) row.header = header;
    if (content) row.content = content;
    rows.push(row);
  }
  return rows;
}

/** Undefined where nothing of an index was wished for. */
function indexesOf(columns: ScanBatch['columns'], count: number): Partial<MessageIndex>[] | undefined {
  const wanted = INDEX.filter((key) => columns[key]);
  if (wanted.length === 0) return undefined;
  const rows: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
  for (const key of wanted) {
    for (const [at, text] of textsOf(columns[key]!).entries()) rows[at]![key] = FROM_COLUMN[key](text);
  }
  return rows;
}

const INDEX = Object.keys(FROM_COLUMN) as (keyof MessageIndex)[];

function octetsOf({ lengths, octets }: OctetColumn): (Uint8Array | undefined)[] {
  let end = 0;
  return Array.from(lengths, (length) => {
    if (length < 0) return undefined;
    end += length;
    return octets.subarray(end - length, end);
  });
}

/** As the database has them: UTF-8, and mostly ASCII, of which slices are had for nothing. */
function textsOf({ lengths, octets }: OctetColumn): string[] {
  const all = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const plain = isAscii(all) ? all.toString('latin1') : undefined;
  let end = 0;
  return Array.from(lengths, (length) => {
    const from = end;
    end += Math.max(0, length);
    return plain?.slice(from, end) ?? all.toString('utf8', from, end);
  });
}
