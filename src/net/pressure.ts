import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { residentMemory } from '../kit/resident-memory.ts';

/** Milliseconds between two looks. */
const TICK = 50;
const LAG = 200;
/** One look that comes late is a pause of the machine; as many as this in a row, and we do not keep up. */
const LATE_LOOKS = 3;
/** Late with less of a processor than this, it was others who had it: on a crowded machine mail is slow, not refused. */
const OWN_SHARE = 0.5;
const MEMORY_SHARE = 0.8;

export type Overload = 'lag' | 'memory';

export interface Pressure {
  /** New work is to be refused in the protocol's own words (trust.md section 5). */
  overloaded(): boolean;
  stop(): void;
}

export interface Look {
  /** Milliseconds, of the clock and of the processors. */
  readonly at: number;
  readonly cpu: number;
  /** Share of what this process may have, 0 to 1. */
  readonly memory: number;
}

/** The judgement alone: no clock, no timer. */
export class PressureGauge {
  #before: Look;
  #late = 0;

  constructor(first: Look) {
    this.#before = first;
  }

  look(now: Look): void {
    const passed = now.at - this.#before.at;
    const worked = now.cpu - this.#before.cpu;
    this.#late = passed - TICK > LAG && worked >= passed * OWN_SHARE ? this.#late + 1 : 0;
    this.#before = now;
  }

  get overload(): Overload | undefined {
    if (this.#before.memory > MEMORY_SHARE) return 'memory';
    return this.#late >= LATE_LOOKS ? 'lag' : undefined;
  }
}

/**
 * Watches this process; does not keep it alive.
 * @param changed told when an overload begins, and with undefined when it is over
 */
export function watchPressure(changed: (overload: Overload | undefined) => void, look: () => Look = lookNow): Pressure {
  const gauge = new PressureGauge(look());
  let last: Overload | undefined;
  const timer = setInterval(() => {
    gauge.look(look());
    const now = gauge.overload;
    if (now !== last) changed(now);
    last = now;
  }, TICK);
  timer.unref();
  return { overloaded: () => gauge.overload !== undefined, stop: () => clearInterval(timer) };
}

function lookNow(): Look {
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), cpu: (user + system) / 1000, memory: memoryShare() };
}

/** Of V8's heap, or of what the container allows: whichever is nearer to its end. */
function memoryShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return Math.max(used / limit, residentMemory() / allowed());
}

let bytes: number | undefined;

/** Octets that the container allows; what is no limit at all is some very large number, or none. */
function allowed(): number {
  bytes ??= process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return bytes;
}
