import { CsError } from '../kit/errors.ts';

/**
 * Runs `work` under one deadline and the caller's signal; `work` must end when its signal aborts. Past the deadline it
 * throws `CS_TIMEOUT` with `words`. @param ms milliseconds; 0 for none
 */
export async function underDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  words: () => string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const cancel = (): void => inner.abort(outer?.reason);
  if (outer?.aborted) cancel();
  outer?.addEventListener('abort', cancel, { once: true });
  const expire = (): void =>
    inner.abort(new CsError('CS_TIMEOUT', words(), { hint: '--timeout DUR allows more time' }));
  const timer = ms > 0 ? setTimeout(expire, ms) : undefined;
  try {
    inner.signal.throwIfAborted();
    return await work(inner.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', cancel);
  }
}

/** For work that cannot be called off: its result comes too late or not at all. */
export function abandoned<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(signal.reason);
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
