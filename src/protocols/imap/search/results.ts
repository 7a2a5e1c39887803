/** How the result of a search is told: SEARCH (RFC 3501), or ESEARCH (RFC 4731, RFC 9051 section 7.3.4). */
import { asCsError } from '../../../kit/errors.ts';
import { failureReply, type Reply } from '../answer.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { formatSet } from '../syntax/sequence-set.ts';
import { readWindow, type Window, within } from './partial.ts';

export type ReturnOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE' | 'PARTIAL';

const OPTIONS: ReadonlySet<string> = new Set<ReturnOption>(['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE', 'PARTIAL']);

export interface Returned {
  readonly options: ReadonlySet<ReturnOption>;
  /** Of PARTIAL. */
  readonly window: Window | undefined;
}

/** Numbers to a piece of an old-style answer. */
const PIECE = 5000;

/** `RETURN (...)`; undefined where none was asked for. */
export function readReturn(cursor: Cursor): Returned | undefined {
  if (!cursor.accept('RETURN ') && !cursor.match(/RETURN /iy)) return undefined;
  let window: Window | undefined;
  const options = cursor.list(() => {
    const option = cursor.word('a return option');
    if (!OPTIONS.has(option)) throw cursor.fault('MIN, MAX, ALL, COUNT, PARTIAL or SAVE');
    if (option !== 'PARTIAL') return option;
    if (window) throw cursor.fault('PARTIAL once');
    cursor.space();
    window = readWindow(cursor);
    return option;
  });
  // All and a part of it at once is neither (RFC 9394 section 3.1).
  if (window && options.includes('ALL')) throw cursor.fault('PARTIAL or ALL');
  cursor.space();
  // Nothing named is ALL (RFC 4731 section 3.1).
  return { options: new Set(options.length === 0 ? ['ALL'] : (options as ReturnOption[])), window };
}

const ALL: Returned = { options: new Set(['ALL']), window: undefined };

export interface Found {
  readonly tag: string;
  readonly uid: boolean;
  /** Ascending. */
  readonly indices: Uint32Array;
  /** The same, sorted; undefined for a search. */
  readonly order: readonly number[] | undefined;
  readonly returned: Returned | undefined;
  /** A modseq was asked for. */
  readonly modseq: boolean;
}

export function tellFound(session: Session, found: Found): void {
  const { tag, uid, returned, modseq } = found;
  save(session, found);
  const view = session.view!;
  const numbers = Array.from(found.order ?? found.indices, (index) => (uid ? view.uid(index) : index + 1));
  if (!returned && (found.order || !session.rev2)) {
    const highest = modseq && numbers.length > 0 ? ` (MODSEQ ${highestOf(session, found.indices)})` : '';
    session.out.text(found.order ? '* SORT' : '* SEARCH');
    for (let at = 0; at < numbers.length; at += PIECE) session.out.text(` ${numbers.slice(at, at + PIECE).join(' ')}`);
    session.out.text(`${highest}\r\n`);
    return;
  }
  const { options: asked, window } = returned ?? ALL;
  // Only kept for later: nothing is told (RFC 5182 section 2.1).
  if (asked.size === 1 && asked.has('SAVE')) return;
  const items: string[] = [];
  const last = numbers.length - 1;
  // Of a sorted result the first and the last, whatever their numbers (RFC 5267 section 3).
  if (asked.has('MIN') && last >= 0) items.push(`MIN ${numbers[0]}`);
  if (asked.has('MAX') && last >= 0) items.push(`MAX ${numbers[last]}`);
  if (asked.has('ALL') && last >= 0) items.push(`ALL ${formatSet(numbers)}`);
  if (window) items.push(`PARTIAL (${window.text} ${formatSet(within(numbers, window)) || 'NIL'})`);
  if (asked.has('COUNT')) items.push(`COUNT ${numbers.length}`);
  if (modseq && last >= 0) items.push(`MODSEQ ${highestOf(session, shown(found))}`);
  session.tell([`ESEARCH (TAG "${tag}")`, ...(uid ? ['UID'] : []), ...items].join(' '));
}

/** A search that is to be kept and fails: NO leaves nothing kept, BAD what there was (RFC 5182 section 2.1). */
export async function keeping(
  session: Session,
  returned: Returned | undefined,
  work: () => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const failed = ({ status }: Reply): void => {
    if (status === 'NO' && returned?.options.has('SAVE')) session.saved = [];
  };
  try {
    const reply = await work();
    if (reply) failed(reply);
    return reply;
  } catch (error) {
    failed(failureReply(asCsError(error)));
    throw error;
  }
}

/** `$`: all that was found, or with MIN or MAX and nothing more, just those (RFC 5182 section 2.4). */
function save(session: Session, found: Found): void {
  if (found.returned?.options.has('SAVE')) session.saved = session.view!.uidsOf(shown(found));
}

/** Ascending. A window is what it shows, also beside COUNT (RFC 9394 section 3.2). */
function shown({ indices, order, returned }: Found): Uint32Array {
  const { options, window } = returned ?? ALL;
  const [min, max] = [options.has('MIN'), options.has('MAX')];
  if (!window && ((!min && !max) || options.has('ALL') || options.has('COUNT'))) return indices;
  const told = order ?? [...indices];
  const wanted = new Set<number | undefined>(window && within(told, window));
  if (min) wanted.add(told[0]);
  if (max) wanted.add(told.at(-1));
  return indices.filter((index) => wanted.has(index));
}

function highestOf({ view }: Session, indices: Uint32Array): number {
  return indices.reduce((highest, index) => Math.max(highest, view!.modseq(index)), 0);
}
