/** Over the selected mailbox somebody watches: what the store hints at is told at once in IDLE, else with the next answer. */
import { asCsError } from '../../kit/errors.ts';
import { tellNews } from './news.ts';
import type { Session } from './session.ts';

export function watchMailbox(session: Session): void {
  const { store, view } = session;
  if (!store?.watch || !view) {
    session.hinted = true;
    return;
  }
  const watching = new AbortController();
  session.watching = watching;
  const hints = store.watch(watching.signal);
  void (async () => {
    for await (const name of hints) {
      if (watching.signal.aborted) return;
      if (name !== view.name) continue;
      session.hinted = true;
      if (session.idling) await telling(session);
    }
  })().catch((error: unknown) => {
    if (watching.signal.aborted) return;
    session.ctx.log('error', 'imap.watch', { conn: session.conn.id, reason: asCsError(error).message });
  });
}

/** One at a time, and DONE waits for it. */
function telling(session: Session): Promise<void> {
  const told = tellNews(session, { expunge: true })
    .then(() => session.flush())
    .catch(async (error: unknown) => {
      session.ctx.log('debug', 'imap.idle', { conn: session.conn.id, reason: asCsError(error).message });
      await session.conn.close('E');
    });
  session.telling = told;
  return told;
}
