/**
 * Group commit fills by itself only while the disk is slower than the clients: on a fast one every transaction finds the
 * one or two messages that came during the last, and each costs a sync. So the writer waits for those whom it has just
 * answered, as long as they keep coming.
 */

/** Milliseconds of one wait, and how many there are at most. A client that is alone is never waited for. */
export const STEP = 0.5;
const STEPS = 4;

export interface Inflow {
  /** Takes what has arrived; how much waits now. */
  take(): number;
  /** Milliseconds. */
  sleep(ms: number): void;
}

/**
 * Returns when as much waits as the last transaction held, or nothing has come for a step.
 * @param waiting what there is already
 * @param last calls of the last transaction
 */
export function gather(waiting: number, last: number, inflow: Inflow): void {
  let have = waiting;
  for (let step = 0; last > 1 && step < STEPS && have < last; step++) {
    inflow.sleep(STEP);
    const now = inflow.take();
    if (now === have) return;
    have = now;
  }
}
