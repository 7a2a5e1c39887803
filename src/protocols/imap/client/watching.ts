import type { ClientContext } from '../../../contracts/protocol.ts';
import { CsError } from '../../../kit/errors.ts';
import { type Account, reselect } from './account.ts';

/** Servers end a silent IDLE after half an hour (RFC 9051 section 6.3.13): it is begun anew before. */
const ANEW = 25 * 60_000;
const NEWS = new Set(['EXISTS', 'EXPUNGE', 'VANISHED', 'FETCH', 'RECENT']);

/**
 * Names of mailboxes in which something may have happened. IDLE tells of one: the mailbox that the target's path names, or
 * INBOX. A conversation that breaks is begun anew, once; whoever watches looks again after that.
 */
export async function* watchMailbox(
  account: Account,
  ctx: Pick<ClientContext, 'target'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const mailbox = await watched(account, ctx);
  const name = account.names.toServer(mailbox);
  let failed = 0;
  while (!signal.aborted) {
    const session = await account.pool.take();
    const news = new Bell();
    const stop = new AbortController();
    const end = AbortSignal.any([signal, stop.signal]);
    try {
      await reselect(session, name, account.names.written(mailbox), false);
      session.unasked = ({ name: what }) => {
        if (NEWS.has(what)) news.ring();
      };
      // What came between the last look and now.
      news.ring();
      const idling = idle(session, end).finally(() => news.end());
      idling.catch(() => {});
      while (await news.heard()) {
        failed = 0;
        yield mailbox;
      }
      await idling;
    } catch (error) {
      failed += 1;
      if (signal.aborted) return;
      if (failed > 1 || !(error instanceof CsError) || error.code !== 'CS_CANNOT_CONNECT') throw error;
    } finally {
      session.unasked = undefined;
      stop.abort();
      await account.pool.give(session);
    }
  }
}

async function idle(session: Parameters<typeof reselect>[0], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const anew = AbortSignal.timeout(ANEW);
    await session.idle(AbortSignal.any([signal, anew]));
  }
}

async function watched(account: Account, { target }: Pick<ClientContext, 'target'>): Promise<string> {
  const parts = target.path.filter((part) => part !== '');
  if (parts.length === 0) return 'INBOX';
  const { mailboxFacts } = await import('./mailboxes.ts');
  for (const name of [parts.join('/'), parts.slice(0, -1).join('/')]) {
    if (name === '') break;
    const there = await account.pool.use((session) => mailboxFacts(session, name, account)).catch(() => undefined);
    if (there) return name;
  }
  return 'INBOX';
}

/** Rung as often as one likes, heard once. */
class Bell {
  #rung = false;
  #ended = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** False: it will not be rung any more. */
  async heard(): Promise<boolean> {
    while (!this.#rung && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const rung: boolean = this.#rung;
    this.#rung = false;
    return rung || !this.#ended;
  }
}
