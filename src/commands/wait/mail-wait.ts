/** The waiting itself: facts come in, a verdict comes out. Knows neither flags nor screen. */
import type { Fact, Journal } from '../../contracts/journal.ts';
import type { MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { showDuration } from '../../kit/units.ts';
import { type MailContent, readContent } from './content.ts';
import { type MailMatcher, mailLine } from './mail-match.ts';
import { NearMisses } from './near-miss.ts';

export interface MailOrder {
  readonly matcher: MailMatcher;
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

/** Throws `CS_TIMEOUT` and `CS_ASSERTION` with the near misses, `CS_EVICTED`, or the signal's reason. */
export async function waitForMail(journal: Journal, mail: MailStore, order: MailOrder): Promise<readonly Match[]> {
  const clock = new Clock(order.signal);
  clock.endIn(order.silence ?? order.timeout);
  const misses = new NearMisses();
  const matches: Match[] = [];
  const wanted = order.count ?? 1;
  const stored = order.count === undefined ? 0 : await journal.mark();
  try {
    for await (const fact of journal.since(order.after, ['mail.stored'], clock.signal)) {
      const match = await judge(fact, journal, mail, order, misses);
      if (!match) continue;
      matches.push(match);
      if (order.silence !== undefined)
        throw new CsError('CS_ASSERTION', `${mailLine(fact)} arrived, and none was to match`);
      if (matches.length > wanted) throw new CsError('CS_ASSERTION', `more than ${wanted} matched: ${listed(matches)}`);
      if (matches.length === wanted && fact.cursor >= stored) return matches;
      if (matches.length === wanted) clock.endIn(SETTLED);
    }
  } finally {
    clock.stop();
  }
  if (order.signal.aborted) throw order.signal.reason;
  if (order.silence !== undefined || matches.length === wanted) return matches;
  const missed = misses.text(matches.length, wanted);
  throw new CsError(
    'CS_TIMEOUT',
    missed.startsWith('no ') ? `${missed} within ${showDuration(order.timeout)}` : missed,
  );
}

function listed(matches: readonly Match[]): string {
  return matches.map(({ fact }) => mailLine(fact)).join(', ');
}

async function judge(
  fact: Fact,
  journal: Journal,
  mail: MailStore,
  order: MailOrder,
  misses: NearMisses,
): Promise<Match | undefined> {
  let content: Promise<MailContent> | undefined;
  const read = (): Promise<MailContent> => {
    content ??= readContent(mail, String(fact.id));
    return content;
  };
  try {
    const verdict = await order.matcher.judge(fact, read);
    if (!verdict.matches) misses.add(fact, verdict.why);
    else if (await journal.claim(fact.cursor, order.claim)) return { fact, extracted: verdict.extracted };
    else misses.add(fact, 'another wait took it');
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== 'CS_NOT_FOUND') throw error;
    misses.add(fact, 'it was removed');
  }
  return undefined;
}

/** One signal of the caller's and of a time that may be set anew. */
class Clock {
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.#end();
    outer.addEventListener('abort', this.#end, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  endIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#end);
    this.#end();
  }

  #end = (): void => this.#abort.abort();
}
