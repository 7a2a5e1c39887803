import type { Fact } from '../../contracts/journal.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { type Calls, throwTold } from './calls.ts';
import { factOf } from './wording.ts';

/** Lost streams in a row, without a fact between them, before the instance counts as gone. */
const TRIES = 3;
const PAUSE = 100;

/** Facts after `cursor`, taken up again where a lost connection left off. Throws `CS_EVICTED`, `CS_CANNOT_CONNECT`. */
export async function* remoteSince(
  calls: Calls,
  cursor: number,
  events: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Fact> {
  let at = cursor;
  for (let lost = 0; !signal.aborted; ) {
    try {
      for await (const line of calls.lines('/v1/journal', { after: String(at), events: events.join(',') }, signal)) {
        if (signal.aborted) return;
        throwTold(line);
        const fact = factOf(line);
        at = fact.cursor;
        lost = 0;
        yield fact;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (asCsError(error).code !== 'CS_CANNOT_CONNECT') throw error;
    }
    lost += 1;
    if (lost >= TRIES)
      throw new CsError('CS_CANNOT_CONNECT', 'the instance is gone', { hint: 'it was stopped or it crashed' });
    await pause(signal);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, PAUSE);
    signal.addEventListener('abort', wake, { once: true });
  });
}
