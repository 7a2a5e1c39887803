import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import type { Attributes, FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import { type Attribute, attributeCommands, noteAttributes } from './client-attributes.ts';
import type { Transfer } from './client-data.ts';
import { explained } from './client-explain.ts';
import { remotePath } from './client-path.ts';
import type { SessionPool } from './client-pool.ts';
import { publish } from './client-publish.ts';
import { isPositive, refusal } from './client-reply.ts';
import type { ClientSession } from './client-session.ts';
import { statOn } from './client-stat.ts';
import type { Turns } from './client-turns.ts';

/** Milliseconds that what is left of an upload is worth. */
const GOODBYE = 5000;

/** Takes away what no upload will go on with; never throws. */
export async function forget(pool: SessionPool, temporary: FilePath): Promise<void> {
  const act = (session: ClientSession) => session.ask('DELE', remotePath(session.manner.root, temporary));
  await pool.use(act, AbortSignal.timeout(GOODBYE)).catch(() => {});
}

export interface DraftOptions {
  readonly pool: SessionPool;
  readonly path: FilePath;
  readonly order: WriteOrder;
  /** Where the octets go until they are all there; `path` itself where nothing is renamed. */
  readonly temporary: FilePath;
  readonly session: ClientSession;
  readonly transfer: Transfer;
  /** Octets that stand in `temporary` already. */
  readonly length: number;
  /** What has the name now. */
  readonly old: FileFacts | undefined;
  readonly turns: Turns;
  /** No more is written; the draft is to be ended all the same. */
  readonly signal: AbortSignal | undefined;
  /** Called when it has ended. */
  readonly release: () => void;
}

/** An upload: to a name of its own, and under the one it is for when the server has said that it is whole. */
export class RemoteDraft implements FileDraft {
  readonly #how: DraftOptions;
  #length: number;
  #open = true;
  /** The server ended the transfer by itself, or we are to stop: why. */
  #failure: unknown;
  /** Of the write under way. */
  #reject: ((reason: unknown) => void) | undefined;

  constructor(how: DraftOptions) {
    this.#how = how;
    this.#length = how.length;
    how.signal?.addEventListener('abort', this.#stop, { once: true });
    // A refusal in the middle (452, 552) comes while we write; whoever writes next is told.
    how.transfer.watch().then(
      (reply) => {
        if (!isPositive(reply)) this.#failure = refusal('the upload', reply);
      },
      (error: unknown) => {
        this.#failure = error;
      },
    );
  }

  get length(): number {
    return this.#length;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    if (this.#failure !== undefined) throw this.#failure;
    this.#length += chunk.length;
    const { data } = this.#how.transfer;
    data.deadline(this.#how.session.stall);
    this.#how.session.touched = performance.now();
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      data.write(chunk).then(
        () => {
          data.deadline(0);
          resolve();
        },
        // What the server says tells more than that it hung up.
        (error: unknown) => reject(this.#failure ?? error),
      );
    });
  }

  async commit(attributes: Attributes = {}): Promise<FileFacts> {
    this.#begin();
    const { session, transfer, path, temporary, turns, old } = this.#how;
    // What takes the place of a file has its permissions.
    const wished = { mode: old?.mode, ...attributes };
    let published = false;
    try {
      await transfer.sent();
      const facts = await explained(session, path, 'new file', () =>
        temporary === path
          ? this.#settle(wished)
          : turns.take(path, () => publish({ ...this.#how, length: this.#length }, wished)),
      );
      published = true;
      return facts;
    } finally {
      await this.#end(!published);
    }
  }

  async abort(how?: { readonly keep: boolean }): Promise<void> {
    if (!this.#open) return;
    this.#begin();
    const { transfer, path, temporary, order } = this.#how;
    const kept = how?.keep === true && order.stage !== undefined;
    try {
      if (kept) await transfer.sent();
      else if (temporary === path) await transfer.abort();
      else await transfer.ended();
    } catch {
      // There is nothing to be undone that the server still hears of.
    } finally {
      await this.#end(!kept);
    }
  }

  /** A server that takes nothing is not waited for. */
  readonly #stop = (): void => {
    this.#failure ??= this.#how.signal?.reason;
    this.#reject?.(this.#failure);
  };

  #begin(): void {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#open = false;
  }

  /** The connection goes back first: where it is dead, it must not stand in the way of another. */
  async #end(forget: boolean): Promise<void> {
    const { pool, session, release, signal } = this.#how;
    signal?.removeEventListener('abort', this.#stop);
    pool.give(session);
    if (forget) await this.#forget();
    release();
  }

  async #settle(attributes: Attributes): Promise<FileFacts> {
    const { session, path } = this.#how;
    const wishes: readonly Attribute[] = attributeCommands(session.manner, path, attributes);
    const { features } = session.manner;
    const replies = await session.askAll(wishes.map(({ command }) => command));
    noteAttributes(session.manner, wishes, replies);
    if (features.has('MLST') || features.has('SIZE') || features.has('MDTM')) return statOn(session, path);
    return {
      kind: 'file',
      size: this.#length,
      modified: attributes.modified ?? Date.now(),
      tag: '',
    };
  }

  async #forget(): Promise<void> {
    const { path, temporary, pool } = this.#how;
    if (temporary !== path) await forget(pool, temporary);
  }
}
