import { performance } from 'node:perf_hooks';
import { type Chaos, seeded } from '../kit/faults.ts';
import type { StreamHook, Verdict } from './delay-line.ts';

/** A reset or a black hole begins after at most this many pieces. */
const LATEST = 12;

/**
 * The faults of one connection. Everything is drawn from the seed and the connection's ordinal, so the n-th connection
 * fares the same in every run.
 */
export function faultHook(chaos: Chaos, ordinal: number): StreamHook {
  const random = seeded((chaos.seed + Math.imul(ordinal, 0x9e3779b1)) >>> 0);
  const resetAt = random() < chaos.reset ? Math.floor(random() * LATEST) : Number.POSITIVE_INFINITY;
  const dropAt = random() < chaos.drop ? Math.floor(random() * LATEST) : Number.POSITIVE_INFINITY;
  const free = { inbound: 0, outbound: 0 };
  let pieces = 0;

  const judge = (direction: 'inbound' | 'outbound', chunk: Uint8Array): Verdict => {
    const piece = pieces++;
    if (piece >= resetAt) return 'reset';
    if (piece >= dropAt) return 'drop';
    const hold = chaos.latency + random() * chaos.jitter;
    if (chaos.throttle === 0) return hold;
    const now = performance.now();
    free[direction] = Math.max(now, free[direction]) + (chunk.length * 1000) / chaos.throttle;
    return hold + free[direction] - now;
  };
  return {
    inbound: (chunk) => judge('inbound', chunk),
    outbound: (chunk) => judge('outbound', chunk),
    // A tenth of a second's worth at a time, so that a slow line drips instead of lurching.
    ...(chaos.throttle > 0 ? { piece: Math.max(1, Math.ceil(chaos.throttle / 10)) } : {}),
  };
}
