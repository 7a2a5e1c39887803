import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

const TICK = 50;
const LAG = 200;
const HEAP_SHARE = 0.8;

export interface Pressure {
  /** The event loop is more than 200 ms late, or the heap is four fifths full (trust.md section 5). */
  overloaded(): boolean;
  stop(): void;
}

/** Watches this process; does not keep it alive. */
export function watchPressure(): Pressure {
  let expected = performance.now() + TICK;
  let lag = 0;
  let heap = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    lag = now - expected;
    expected = now + TICK;
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    heap = used / limit;
  }, TICK);
  timer.unref();
  // Late even before the timer could say so.
  const late = (): number => Math.max(lag, performance.now() - expected);
  return { overloaded: () => late() > LAG || heap > HEAP_SHARE, stop: () => clearInterval(timer) };
}
