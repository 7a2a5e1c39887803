import { setTimeout as sleep } from 'node:timers/promises';

/** `--limit-rate`: one allowance of octets a second for all transfers of a command. */
export interface Pace {
  /** Undefined when they may go at once; else resolves when they may. */
  take(octets: number): Promise<void> | undefined;
}

/** What a pause may have saved up, in seconds of the rate. */
const SAVED = 0.2;

/** @param rate octets per second */
export function createPace(rate: number, signal: AbortSignal, now: () => number = () => performance.now()): Pace {
  // When everything that was taken so far is paid for, in milliseconds.
  let paid = now();
  return {
    take(octets) {
      const at = now();
      paid = Math.max(paid, at - SAVED * 1000) + (octets / rate) * 1000;
      const wait = paid - at;
      return wait <= 0 ? undefined : sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  };
}
