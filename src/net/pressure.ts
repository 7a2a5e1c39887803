import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** Milliseconds between two looks. */
const TICK = 50;
const LAG = 200;
/** One look that comes late is a pause of the machine; as many as this in a row, and we do not keep up. */
const LATE_LOOKS = 3;
const MEMORY_SHARE = 0.8;

export type Overload = 'lag' | 'memory';

export interface Pressure {
  /** New work is to be refused in the protocol's own words (trust.md section 5). */
  overloaded(): boolean;
  stop(): void;
}

/** The judgement alone: no clock, no timer. Times in milliseconds. */
export class PressureGauge {
  #expected: number;
  #late = 0;
  #memory = 0;

  constructor(now: number) {
    this.#expected = now + TICK;
  }

  /** @param memory share of what this process may have, 0 to 1 */
  look(now: number, memory: number): void {
    this.#late = now - this.#expected > LAG ? this.#late + 1 : 0;
    this.#expected = now + TICK;
    this.#memory = memory;
  }

  /** A look that is overdue counts already. */
  overload(now: number): Overload | undefined {
    if (this.#memory > MEMORY_SHARE) return 'memory';
    const late = this.#late + (now - this.#expected > LAG ? 1 : 0);
    return late >= LATE_LOOKS ? 'lag' : undefined;
  }
}

/**
 * Watches this process; does not keep it alive.
 * @param changed told when an overload begins, and with undefined when it is over
 */
export function watchPressure(changed: (overload: Overload | undefined) => void = () => {}): Pressure {
  const gauge = new PressureGauge(performance.now());
  let last: Overload | undefined;
  const timer = setInterval(() => {
    gauge.look(performance.now(), memoryShare());
    const now = gauge.overload(performance.now());
    if (now !== last) changed(now);
    last = now;
  }, TICK);
  timer.unref();
  return { overloaded: () => gauge.overload(performance.now()) !== undefined, stop: () => clearInterval(timer) };
}

/** Of V8's heap, or of what the container allows: whichever is nearer to its end. */
function memoryShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return Math.max(used / limit, process.memoryUsage.rss() / allowed());
}

let bytes: number | undefined;

/** Octets that the container allows; what is no limit at all is some very large number, or none. */
function allowed(): number {
  bytes ??= process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return bytes;
}
