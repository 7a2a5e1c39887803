/** INPROGRESS (RFC 9585): a command that takes long says so, and no client takes the silence for an end. */
import type { Session } from './session.ts';

/** RFC 9585 section 3: not before ten seconds, and not much more often. */
const EVERY = 10_000;

/** Only around work that writes nothing by itself: a line must not fall into the middle of another. */
export async function withProgress<T>(session: Session, tag: string, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    session.tell(`OK [INPROGRESS ("${tag}" NIL NIL)] still at it`);
    // Who does not read will be found out when the answer is written.
    void session.flush().catch(() => {});
  }, EVERY);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
