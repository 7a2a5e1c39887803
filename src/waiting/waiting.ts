/** The waiting itself: facts come in, a verdict comes out. Knows neither flags nor screen nor what is waited for. */
import type { Fact, Journal } from '../contracts/journal.ts';
import { CsError } from '../kit/errors.ts';
import { showDuration } from '../kit/units.ts';
import { Clock } from './clock.ts';
import { NearMisses } from './near-miss.ts';

/** A fact that was looked at: why it did not match, or what was wanted of it. */
export type Verdict =
  | { readonly matches: false; readonly why: string }
  | { readonly matches: true; readonly extracted: string | undefined };

/** What is waited for. */
export interface Awaited {
  /** Of the journal: `mail.stored`. */
  readonly event: string;
  /** One of it, in a sentence: `message`. */
  readonly noun: string;
  /** One of it, in a line for people; escaped. */
  line(fact: Fact): string;
  /** Facts of the event that are not meant, whatever is asked. */
  readonly ignores?: (fact: Fact) => boolean;
  /** Throws `CS_NOT_FOUND` when what the fact speaks of is gone by now. */
  judge(fact: Fact): Verdict | Promise<Verdict>;
}

export interface WaitOrder {
  readonly after: number;
  readonly claim: boolean;
  /** Exactly so many; undefined: the first one. */
  readonly count: number | undefined;
  /** Nothing may match for so many milliseconds. */
  readonly silence: number | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface Match {
  readonly fact: Fact;
  readonly extracted: string | undefined;
}

/** Stored facts come at once: when this long nothing followed, there are no more of them. */
const SETTLED = 200;

/** What of a journal waiting needs. */
export type Awaiting = Pick<Journal, 'since' | 'mark' | 'claim'>;

/** Every match as it comes, until the signal aborts; nobody claims any. */
export async function* matching(
  journal: Awaiting,
  wanted: Awaited,
  { after, signal }: Pick<WaitOrder, 'after' | 'signal'>,
): AsyncGenerator<Match> {
  for await (const fact of journal.since(after, [wanted.event], signal)) {
    if (wanted.ignores?.(fact)) continue;
    const verdict = await judged(fact, wanted);
    if (verdict.matches) yield { fact, extracted: verdict.extracted };
  }
}

/** Throws `CS_TIMEOUT` and `CS_ASSERTION` with the near misses, `CS_EVICTED`, or the signal's reason. */
export async function waitFor(journal: Awaiting, wanted: Awaited, order: WaitOrder): Promise<readonly Match[]> {
  using clock = new Clock(order.signal);
  clock.endIn(order.silence ?? order.timeout);
  const misses = new NearMisses(wanted);
  const matches: Match[] = [];
  const count = order.count ?? 1;
  const stored = order.count === undefined ? 0 : await journal.mark();
  for await (const fact of journal.since(order.after, [wanted.event], clock.signal)) {
    if (wanted.ignores?.(fact)) continue;
    const match = await judge(fact, journal, wanted, order.claim, misses);
    if (!match) continue;
    matches.push(match);
    if (order.silence !== undefined)
      throw new CsError('CS_ASSERTION', `${wanted.line(fact)} arrived, and none was to match`);
    if (matches.length > count)
      throw new CsError('CS_ASSERTION', `more than ${count} matched: ${listed(matches, wanted)}`);
    if (matches.length === count && fact.cursor >= stored) return matches;
    if (matches.length === count) clock.endIn(SETTLED);
  }
  if (order.signal.aborted) throw order.signal.reason;
  if (order.silence !== undefined || matches.length === count) return matches;
  throw timedOut(misses.text(matches.length, count), order.timeout);
}

export function timedOut(missed: string, timeout: number): CsError {
  return new CsError('CS_TIMEOUT', missed.startsWith('no ') ? `${missed} within ${showDuration(timeout)}` : missed);
}

function listed(matches: readonly Match[], { line }: Awaited): string {
  return matches.map(({ fact }) => line(fact)).join(', ');
}

async function judge(
  fact: Fact,
  journal: Awaiting,
  wanted: Awaited,
  claim: boolean,
  misses: NearMisses,
): Promise<Match | undefined> {
  const verdict = await judged(fact, wanted);
  if (!verdict.matches) misses.add(fact, verdict.why);
  else if (await journal.claim(fact.cursor, claim)) return { fact, extracted: verdict.extracted };
  else misses.add(fact, 'another wait took it');
  return undefined;
}

async function judged(fact: Fact, wanted: Awaited): Promise<Verdict> {
  try {
    return await wanted.judge(fact);
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== 'CS_NOT_FOUND') throw error;
    return { matches: false, why: 'it was removed' };
  }
}
