import { setTimeout as after } from 'node:timers/promises';

/** Milliseconds that only grow: a stepped wall clock neither frees nor locks anybody. */
export interface Clock {
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const monotonic: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await after(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};
