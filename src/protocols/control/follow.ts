import type { Journal, Json } from '../../contracts/journal.ts';
import { asCsError } from '../../kit/errors.ts';
import type { HttpRequest } from '../shared/http/route.ts';

/** An empty line this often shows both ends that the other one lives. */
const HEARTBEAT = 10_000;
/** Long enough to learn that the facts asked for are gone, so that 410 can be said. */
const FIRST = 100;

/**
 * The journal as a stream: facts as they come, `undefined` as heartbeat, ended by the client or the drain. Throws
 * `CS_EVICTED` here; once facts flow, a failure is a last line `{"error": ...}`.
 */
export function follow(
  journal: Journal,
  after: number,
  events: readonly string[],
  request: Pick<HttpRequest, 'signal' | 'conn'>,
): Promise<AsyncIterable<Json | undefined>> {
  return streamed(
    (signal) => journal.since(after, events, signal) as AsyncIterable<unknown> as AsyncIterable<Json>,
    request,
  );
}

/** Anything that comes as it happens. */
export async function streamed(
  start: (signal: AbortSignal) => AsyncIterable<Json>,
  { signal, conn }: Pick<HttpRequest, 'signal' | 'conn'>,
): Promise<AsyncIterable<Json | undefined>> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  if (signal.aborted || conn.draining.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  conn.draining.addEventListener('abort', end, { once: true });
  const facts = start(stop.signal)[Symbol.asyncIterator]();
  const first = facts.next();
  const release = (): void => {
    conn.draining.removeEventListener('abort', end);
    end();
  };
  try {
    await within(first, FIRST);
  } catch (error) {
    release();
    throw error;
  }
  return push(facts, first, release);
}

async function* push(
  facts: AsyncIterator<Json>,
  first: Promise<IteratorResult<Json>>,
  release: () => void,
): AsyncGenerator<Json | undefined> {
  let next = first;
  try {
    for (;;) {
      const result = await within(next, HEARTBEAT);
      if (result === 'quiet') yield undefined;
      else if (result.done) return;
      else {
        yield result.value;
        next = facts.next();
      }
    }
  } catch (error) {
    const { code, message } = asCsError(error);
    yield { error: { code, message } };
  } finally {
    release();
    next.catch(() => {});
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | 'quiet'> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<'quiet'>((resolve) => {
    timer = setTimeout(() => resolve('quiet'), ms);
  });
  try {
    return await Promise.race([promise, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
