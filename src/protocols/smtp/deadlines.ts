import type { Session } from './session.ts';

/** What the client owes us: the next command, the rest of one, the rest of a body. */
export type Owed = 'idle' | 'command' | 'body';

/** A body may take as long as its size at the minimum rate, and this. */
const BODY_TIME = 600_000;

/** Keeps the connection's one deadline in step with the conversation; while we are at work there is none. */
export class Deadlines {
  readonly #session: Session;
  /** What runs now. */
  armed: Owed | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** A command or a body that goes on keeps the deadline that it began with. */
  arm(owed: Owed): void {
    if (owed !== 'idle' && owed === this.armed) return;
    this.armed = owed;
    const { conn, transaction, continuation, policy } = this.#session;
    const { limits, options } = policy.ctx;
    if (owed === 'idle') {
      conn.phase = transaction ? 'C' : 'I';
      conn.deadline(limits.idleTime);
    } else if (owed === 'command') {
      conn.phase = continuation ? 'A' : 'C';
      conn.deadline(limits.commandTime);
    } else {
      const rate = limits.minimumRate;
      conn.deadline(BODY_TIME + (rate > 0 ? (options.size / rate) * 1000 : 0), rate);
    }
  }

  disarm(): void {
    this.armed = undefined;
    this.#session.conn.deadline(0);
  }
}
