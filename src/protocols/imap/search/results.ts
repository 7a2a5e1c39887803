/** How the result of a search is told: SEARCH (RFC 3501), or ESEARCH (RFC 4731, RFC 9051 section 7.3.4). */
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { formatSet } from '../syntax/sequence-set.ts';

export type ReturnOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE';

const OPTIONS: ReadonlySet<string> = new Set<ReturnOption>(['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE']);

/** Numbers to a piece of an old-style answer. */
const PIECE = 5000;

/** `RETURN (...)`; undefined where none was asked for. */
export function readReturn(cursor: Cursor): ReadonlySet<ReturnOption> | undefined {
  if (!cursor.accept('RETURN ') && !cursor.match(/RETURN /iy)) return undefined;
  const options = cursor.list(() => cursor.word('a return option'));
  const unknown = options.some((option) => !OPTIONS.has(option));
  if (unknown) throw cursor.fault('MIN, MAX, ALL, COUNT or SAVE');
  cursor.space();
  // Nothing named is ALL (RFC 4731 section 3.1).
  return new Set(options.length === 0 ? ['ALL'] : (options as ReturnOption[]));
}

export interface Found {
  readonly tag: string;
  readonly uid: boolean;
  /** Ascending. */
  readonly indices: Uint32Array;
  /** The same, sorted; undefined for a search. */
  readonly order: readonly number[] | undefined;
  readonly options: ReadonlySet<ReturnOption> | undefined;
  /** A modseq was asked for. */
  readonly modseq: boolean;
}

export function tellFound(session: Session, found: Found): void {
  const { tag, uid, options, modseq } = found;
  save(session, found);
  const view = session.view!;
  const numbers = Array.from(found.order ?? found.indices, (index) => (uid ? view.uid(index) : index + 1));
  if (!options && (found.order || !session.rev2)) {
    const highest = modseq && numbers.length > 0 ? ` (MODSEQ ${highestOf(session, found.indices)})` : '';
    session.out.text(found.order ? '* SORT' : '* SEARCH');
    for (let at = 0; at < numbers.length; at += PIECE) session.out.text(` ${numbers.slice(at, at + PIECE).join(' ')}`);
    session.out.text(`${highest}\r\n`);
    return;
  }
  const asked = options ?? new Set<ReturnOption>(['ALL']);
  // Only kept for later: nothing is told (RFC 5182 section 2.1).
  if (asked.size === 1 && asked.has('SAVE')) return;
  const items: string[] = [];
  const last = numbers.length - 1;
  // Of a sorted result the first and the last, whatever their numbers (RFC 5267 section 3).
  if (asked.has('MIN') && last >= 0) items.push(`MIN ${numbers[0]}`);
  if (asked.has('MAX') && last >= 0) items.push(`MAX ${numbers[last]}`);
  if (asked.has('ALL') && last >= 0) items.push(`ALL ${formatSet(numbers)}`);
  if (asked.has('COUNT')) items.push(`COUNT ${numbers.length}`);
  if (modseq && last >= 0) items.push(`MODSEQ ${highestOf(session, shown(found.indices, asked))}`);
  session.tell([`ESEARCH (TAG "${tag}")`, ...(uid ? ['UID'] : []), ...items].join(' '));
}

/** `$`: all that was found, or with MIN or MAX and nothing more, just those (RFC 5182 section 2.4). */
function save(session: Session, { indices, options }: Found): void {
  if (!options?.has('SAVE')) return;
  session.saved = session.view!.uidsOf(shown(indices, options));
}

function shown(indices: Uint32Array, options: ReadonlySet<ReturnOption>): Uint32Array {
  const [min, max] = [options.has('MIN'), options.has('MAX')];
  if ((!min && !max) || options.has('ALL') || options.has('COUNT')) return indices;
  const last = indices.length - 1;
  return indices.filter((_, at) => (min && at === 0) || (max && at === last));
}

function highestOf({ view }: Session, indices: Uint32Array): number {
  return indices.reduce((highest, index) => Math.max(highest, view!.modseq(index)), 0);
}
