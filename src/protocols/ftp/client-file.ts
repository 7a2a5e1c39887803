import type { FileFacts, OpenFile } from '../../contracts/files.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { type Transfer, transfer } from './client-data.ts';
import { explained } from './client-explain.ts';
import { remotePath } from './client-path.ts';
import type { SessionPool } from './client-pool.ts';
import type { ClientSession } from './client-session.ts';
import type { Command } from './client-wire.ts';

/** A rest this short is read to its end: cheaper than to break off and be told so. */
const DRAIN = 64 * 1024;

interface Begun {
  readonly begun: Transfer;
  /** The position of its first octet. */
  readonly from: number;
  /** It ends by itself where we want it to. */
  readonly ends: boolean;
}

export interface RemoteFileOptions {
  readonly pool: SessionPool;
  readonly path: FilePath;
  readonly facts: FileFacts;
  readonly active: boolean;
  /** The facts are those of a listing: the file may have become another one since. */
  readonly listed: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A file at the far end. Reads of several ranges at once go over several connections. */
export class RemoteFile implements OpenFile {
  readonly facts: FileFacts;
  readonly #pool: SessionPool;
  readonly #path: FilePath;
  readonly #active: boolean;
  readonly #listed: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(how: RemoteFileOptions) {
    this.#pool = how.pool;
    this.#path = how.path;
    this.facts = how.facts;
    this.#active = how.active;
    this.#listed = how.listed;
    this.#signal = how.signal;
  }

  async *read(range?: ByteRange): AsyncGenerator<Uint8Array> {
    const { size } = this.facts;
    const start = Math.min(range?.start ?? 0, size);
    const end = Math.min(range?.end ?? size, size);
    if (start >= end) return;
    const { session, value } = await this.#pool.lease((one) => this.#begin(one, start, end), this.#signal);
    const stop = (): void => void session.close();
    this.#signal?.addEventListener('abort', stop, { once: true });
    try {
      yield* this.#within(value, start, end);
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw error;
    } finally {
      this.#signal?.removeEventListener('abort', stop);
      this.#pool.give(session);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #begin(session: ClientSession, start: number, end: number): Promise<Begun> {
    const { manner } = session;
    const command: Command = ['RETR', remotePath(manner.root, this.#path)];
    const how = { active: this.#active };
    return explained(session, this.#path, 'file', async () => {
      const whole = start === 0 && end === this.facts.size;
      if (whole) return { begun: await transfer(session, command, how), from: 0, ends: true };
      const ranged = manner.features.has('RANG');
      const rest: Command = ranged ? ['RANG', String(start), String(end - 1)] : ['REST', String(start)];
      const before = ranged || start > 0 ? [rest] : [];
      try {
        return { begun: await transfer(session, command, { ...how, before }), from: start, ends: ranged };
      } catch (error) {
        // A server that cannot begin in the middle is read from the start.
        if (!(error instanceof CsError) || error.code !== 'CS_UNSUPPORTED' || before.length === 0) throw error;
        return { begun: await transfer(session, command, how), from: 0, ends: false };
      }
    });
  }

  /** The octets from `start` to `end` of a transfer that begins at `from`. */
  async *#within({ begun, from, ends }: Begun, start: number, end: number): AsyncGenerator<Uint8Array> {
    let at = from;
    let over = false;
    try {
      for await (const chunk of begun.chunks()) {
        if (this.#listed && from === 0 && ends && at + chunk.length > end) throw this.#changed('longer');
        const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += chunk.length;
        if (piece.length > 0) yield piece;
        // As it was when it was opened: what has been added since is not ours, and a long rest is not waited for.
        if (at >= end && (at > this.facts.size || (!ends && this.facts.size - at > DRAIN))) return;
      }
      over = true;
      await begun.received();
    } finally {
      if (!over) await begun.abandon();
    }
    if (at < end) throw this.#changed('shorter');
  }

  #changed(how: string): CsError {
    return new CsError('CS_CHANGED', `${showPath(this.#path)} became ${how} while it was read`);
  }
}
