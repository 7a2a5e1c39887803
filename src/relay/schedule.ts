/** When a message that could not be delivered is tried again (RFC 5321 section 4.5.4.1), and when nobody tries any more. */

/** Milliseconds. */
export interface Schedule {
  /** Before the second try; twice as long before each further one, up to `longest`. */
  readonly first: number;
  readonly longest: number;
  /** The sender is told that it takes longer. */
  readonly warning: number;
  /** The sender gets the message back. */
  readonly lifetime: number;
}

export interface Verdict {
  readonly giveUp: boolean;
  readonly warn: boolean;
  readonly due: number;
}

/** Fifth parts more or less by lot: what failed together need not come back together. */
const JITTER = 0.2;

/** @param tries made so far, the one that just failed included */
export function nextTry(
  schedule: Schedule,
  message: { readonly queuedAt: number; readonly tries: number; readonly warned: boolean },
  now: number,
  random: () => number = Math.random,
): Verdict {
  const age = now - message.queuedAt;
  const pause = Math.min(schedule.first * 2 ** Math.min(message.tries - 1, 30), schedule.longest);
  const jittered = pause * (1 - JITTER / 2 + JITTER * random());
  const last = message.queuedAt + schedule.lifetime;
  return {
    giveUp: age >= schedule.lifetime,
    warn: !message.warned && age >= schedule.warning,
    // One last try when the time is up, rather than a long silence before it.
    due: Math.round(Math.min(now + jittered, Math.max(last, now + schedule.first / 2))),
  };
}
