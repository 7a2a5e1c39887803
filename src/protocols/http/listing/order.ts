/** Entries in the order that somebody asked for, found without holding the event loop, however many there are. */
import { setImmediate as turn } from 'node:timers/promises';
import type { FileEntry } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';

export type SortBy = 'name' | 'size' | 'time';
export interface Order {
  readonly by: SortBy;
  readonly descending: boolean;
}

/** Sorted at once, a few milliseconds; between two of them others are served. */
const RUN = 8192;
/** Entries of one directory: 200 MB of memory at most. */
const MOST = 1_000_000;

interface Row {
  readonly entry: FileEntry;
  readonly key: string;
}
type Compare = (a: Row, b: Row) => number;

/** Case and accents apart: what a person takes for the same letter. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}/gu, '');
}

/** Compared unit by unit, it puts `file2` before `file10`: each number says first how long it is. */
export function naturalKey(name: string): string {
  return fold(name).replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    return String.fromCharCode(0x30 + number.length) + number;
  });
}

const BY: Readonly<Record<SortBy, Compare>> = {
  name: () => 0,
  size: (a, b) => a.entry.size - b.entry.size,
  time: (a, b) => a.entry.modified - b.entry.modified,
};

/** Directories stay in front, whichever way the rest is turned. */
function comparing({ by, descending }: Order): Compare {
  const first = BY[by];
  const sign = descending ? -1 : 1;
  return (a, b) => {
    if (a.entry.kind !== b.entry.kind) return a.entry.kind === 'directory' ? -1 : 1;
    return sign * (first(a, b) || compareText(a.key, b.key) || compareText(a.entry.name, b.entry.name));
  };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A whole directory, sorted in runs that are merged as they are read. */
export class SortedEntries {
  readonly count: number;
  /** Octets of all its files. */
  readonly octets: number;
  readonly #runs: readonly (readonly Row[])[];
  readonly #compare: Compare;

  private constructor(runs: readonly (readonly Row[])[], compare: Compare) {
    this.#runs = runs;
    this.#compare = compare;
    this.count = runs.reduce((sum, run) => sum + run.length, 0);
    this.octets = runs.reduce((sum, run) => run.reduce((all, { entry }) => all + entry.size, sum), 0);
  }

  /** @param wanted only names that hold it, case and accents apart; '' takes all. Throws `CS_LIMIT` beyond `most`. */
  static async of(entries: AsyncIterable<FileEntry>, order: Order, wanted = '', most = MOST): Promise<SortedEntries> {
    const compare = comparing(order);
    const search = fold(wanted);
    const runs: Row[][] = [];
    let run: Row[] = [];
    let seen = 0;
    for await (const entry of entries) {
      seen += 1;
      if (seen > most) throw new CsError('CS_LIMIT', `more than ${most} entries in one directory`);
      if (search === '' || fold(entry.name).includes(search)) run.push({ entry, key: naturalKey(entry.name) });
      if (seen % RUN > 0) continue;
      runs.push(run.sort(compare));
      run = [];
      await turn();
    }
    if (run.length > 0) runs.push(run.sort(compare));
    return new SortedEntries(runs, compare);
  }

  /** In order, in groups of a size that can be written at once. */
  async *groups(start = 0, end = this.count, size = 200): AsyncGenerator<readonly FileEntry[]> {
    const merge = new Merge(this.#runs, this.#compare);
    let group: FileEntry[] = [];
    for (let at = 0; at < Math.min(end, this.count); at++) {
      const entry = merge.next();
      if (at >= start) group.push(entry);
      if (group.length === size) {
        yield group;
        group = [];
      }
      if (at % 4000 === 3999) await turn();
    }
    if (group.length > 0) yield group;
  }
}

interface Head {
  readonly run: readonly Row[];
  at: number;
  row: Row;
}

/** The heads of the runs as a heap: the least one is first. */
class Merge {
  readonly #heads: Head[] = [];
  readonly #compare: Compare;

  constructor(runs: readonly (readonly Row[])[], compare: Compare) {
    this.#compare = compare;
    const filled = runs.filter((run) => run.length > 0).map((run) => ({ run, at: 0, row: run[0]! }));
    // What is sorted is a heap.
    this.#heads = filled.sort((a, b) => compare(a.row, b.row));
  }

  next(): FileEntry {
    const [head] = this.#heads;
    if (head === undefined) throw new CsError('CS_BUG', 'merged beyond the end');
    const { entry } = head.row;
    head.at += 1;
    const row = head.run[head.at];
    if (row !== undefined) head.row = row;
    else {
      const last = this.#heads.pop()!;
      if (last === head) return entry;
      this.#heads[0] = last;
    }
    this.#sink();
    return entry;
  }

  #sink(): void {
    const heads = this.#heads;
    const moved = heads[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const right = heads[child + 1];
      if (right !== undefined && this.#compare(right.row, heads[child]!.row) < 0) child += 1;
      const least = heads[child];
      if (least === undefined || this.#compare(moved.row, least.row) <= 0) break;
      heads[at] = least;
      at = child;
    }
    heads[at] = moved;
  }
}
