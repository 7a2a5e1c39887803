/** Facts and octets of many messages at a time, in columns. */
import type { ScanWish } from '../../contracts/mail.ts';
import { CONTENT_LIMIT, SCAN_BATCH } from '../shared/scanned.ts';
import { mailboxId } from './box-rows.ts';
import type { OctetColumn, ScanBatch, ScanCall, ScanColumn } from './calls.ts';
import { packedNumbers, packedOctets, readNumbers } from './packed.ts';
import { patched, Single } from './scan-columns.ts';
import type { Statements } from './statements.ts';

/** Messages of a batch; where contents are wished for, few of them fill it. */
const MANY = 1000;
const FEW = 250;
/** Octets that a message counts for in a batch beside what was wished for. */
const ROW_COST = 64;

/** SQLite's own columns, packed. */
interface FactsRow {
  readonly count: number;
  readonly uids: Uint8Array | null;
  readonly ids: Uint8Array | null;
  readonly sizes: Uint8Array | null;
  readonly received: Uint8Array | null;
  readonly saved: Uint8Array | null;
  readonly costs: Uint8Array | null;
}
type OctetsRow = Readonly<Record<`${ScanColumn}_${'lengths' | 'octets'}`, Uint8Array | null>>;

export class ScanReader {
  readonly #sql: Statements;
  readonly #blobs: string;

  constructor(sql: Statements, blobs: string) {
    this.#sql = sql;
    this.#blobs = blobs;
  }

  /** What fits into one batch is found out before any of it is read. */
  scan({ uids, wish, ...place }: ScanCall): ScanBatch {
    return this.#sql.snapshot(() => {
      const asked = uids.subarray(0, wish.content ? FEW : MANY);
      const box = mailboxId(this.#sql, place);
      const row = this.#sql.row<FactsRow & object>(factsSql(wish), `[${asked.join()}]`, box)!;
      const count = fitting(readNumbers(row.costs, new Float64Array(row.count)));
      const found = readNumbers(row.uids, new Uint32Array(row.count));
      const numbers = (packed: Uint8Array | null): Float64Array =>
        readNumbers(packed, new Float64Array(row.count)).slice(0, count);
      const ids = numbers(row.ids);
      const end = count < found.length ? positionOf(found, count, asked) : asked.length;
      return {
        next: end < uids.length ? end : undefined,
        uids: found.slice(0, count),
        ids,
        sizes: numbers(row.sizes),
        receivedAt: numbers(row.received),
        savedAt: numbers(row.saved),
        ...this.#columns(ids, wish),
      };
    });
  }

  #columns(ids: Float64Array, wish: ScanWish): Pick<ScanBatch, 'columns' | 'unindexed'> {
    const wanted = columnsOf(wish);
    if (wanted.length === 0) return { columns: {}, unindexed: false };
    const row = this.#sql.row<OctetsRow & object>(octetsSql(wanted), `[${ids.join()}]`)!;
    const single = new Single(this.#sql, this.#blobs);
    const column = (name: ScanColumn): OctetColumn => {
      const lengths = readNumbers(row[`${name}_lengths`], new Int32Array(ids.length));
      const octets = row[`${name}_octets`] ?? new Uint8Array();
      return patched({ lengths, octets }, (at) => single.octets(ids[at]!, name));
    };
    const columns = Object.fromEntries(wanted.map((name) => [name, column(name)]));
    return { columns, unindexed: single.unindexed };
  }
}

function columnsOf({ index = [], header, content }: ScanWish): readonly ScanColumn[] {
  return [...index, ...(header ? (['header'] as const) : []), ...(content ? (['content'] as const) : [])];
}

/** How many of the first are a batch; one at least. */
function fitting(costs: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < costs.length; at++) {
    sum += costs[at]!;
    if (sum >= SCAN_BATCH) return at + 1;
  }
  return costs.length;
}

/** Where that one of those found stands among those asked for, which are in the same order. */
function positionOf(found: Uint32Array, which: number, asked: Uint32Array): number {
  let position = -1;
  for (let at = 0; at <= which; at++) position = asked.indexOf(found[at]!, position + 1);
  return position;
}

/** Of the uids of a JSON array, in its order. What no index says yet counts for the whole message. */
function factsSql({ index = [], header, content }: ScanWish): string {
  const lengths = [...index.map((key) => `octet_length(x.${key})`), ...(header ? ['x.header_end'] : [])];
  const costs = [
    ROW_COST,
    ...(lengths.length > 0 ? [`ifnull(${lengths.join(' + ')}, e.size)`] : []),
    ...(content ? [`iif(e.size <= ${CONTENT_LIMIT}, e.size, 0)`] : []),
  ];
  return `SELECT count(*) AS count, ${packedNumbers('uid')} AS uids, ${packedNumbers('message')} AS ids,
    ${packedNumbers('size')} AS sizes, ${packedNumbers('received_at')} AS received,
    ${packedNumbers('iif(saved_at = 0, received_at, saved_at)')} AS saved, ${packedNumbers('cost')} AS costs
    FROM (SELECT e.uid, e.message, e.size, e.received_at, e.saved_at, ${costs.join(' + ')} AS cost
      FROM json_each(?1) asked CROSS JOIN entries e ON e.mailbox = ?2 AND e.uid = asked.value
      ${lengths.length > 0 ? 'LEFT JOIN indexes x ON x.message = e.message' : ''})`;
}

/** Of the messages of a JSON array, in its order; NULL is what is to be had in another way only. */
function octetsSql(wanted: readonly ScanColumn[]): string {
  const stored = (name: ScanColumn): string => {
    if (name === 'header') return 'ifnull(x.header, substr(m.content, 1, x.header_end))';
    return name === 'content' ? `iif(m.size <= ${CONTENT_LIMIT}, m.content, NULL)` : `x.${name}`;
  };
  const packed = wanted.map(
    (name) =>
      `${packedNumbers(`ifnull(octet_length(${name}), -1)`)} AS ${name}_lengths, ${packedOctets(name)} AS ${name}_octets`,
  );
  const whole = wanted.some((name) => name === 'header' || name === 'content');
  const index = wanted.some((name) => name !== 'content');
  return `SELECT ${packed.join(', ')} FROM (SELECT ${wanted.map((name) => `${stored(name)} AS ${name}`).join(', ')}
    FROM json_each(?1) asked ${index ? 'LEFT JOIN indexes x ON x.message = asked.value' : ''}
    ${whole ? 'LEFT JOIN messages m ON m.id = asked.value' : ''})`;
}
