import { setMaxListeners } from 'node:events';
import { CsError } from '../../kit/errors.ts';
import { showDuration } from '../../kit/units.ts';

/** `--timeout` of a transfer: it ends when nothing has moved for that long, however long all of it takes. */
export interface Patience extends Disposable {
  /** Aborts with `CS_TIMEOUT`, or when the caller's signal does. */
  readonly signal: AbortSignal;
  /** Something came or went. */
  moved(): void;
  /** What is still under way is given up. */
  stop(): void;
  /** While `work` runs nobody is to be impatient: a person is asked, a far end computes a hash. */
  spare<T>(work: Promise<T>): Promise<T>;
}

/** As long as a timer goes: what limits a transfer is the time in which nothing moves. */
export const UNLIMITED = 2 ** 31 - 1;
/** Looks this often into one time limit. */
const LOOKS = 8;

export function createPatience(outer: AbortSignal, timeout: number, now = () => performance.now()): Patience {
  const own = new AbortController();
  let last = now();
  let spared = 0;
  const look = (): void => {
    if (spared > 0) last = now();
    else if (now() - last >= timeout)
      own.abort(new CsError('CS_TIMEOUT', `nothing moved for ${showDuration(timeout)}`));
  };
  const timer = setInterval(look, Math.max(10, Math.min(timeout / LOOKS, 5000))).unref();
  const signal = AbortSignal.any([outer, own.signal]);
  // Every transfer under way listens to it.
  setMaxListeners(0, signal);
  return {
    signal,
    moved: () => {
      last = now();
    },
    stop: () => own.abort(new CsError('CS_FAILED', 'the rest was given up')),
    spare: async (work) => {
      spared += 1;
      try {
        return await work;
      } finally {
        spared -= 1;
        last = now();
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
