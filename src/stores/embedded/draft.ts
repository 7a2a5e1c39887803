import type { Draft, Envelope, Receipt } from '../../contracts/delivery.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { receiptFor } from '../shared/mail-fact.ts';
import type { BlobFile, Blobs } from './blobs.ts';
import type { Arrived, WriterCalls } from './calls.ts';
import type { Space } from './space.ts';
import type { Thread } from './thread.ts';

/** Up to here a content stands in its row; a larger one becomes a file while it is still coming in. */
export const INLINE_LIMIT = 256 * 1024;
const WRITE_SIZE = 64 * 1024;

export interface Intake {
  readonly writer: Thread<WriterCalls>;
  readonly blobs: Blobs;
  readonly space: Space;
  /** Called after each message that was stored. */
  readonly stored: () => void;
}

/** A message on its way to disk: at most `INLINE_LIMIT` octets of it are in memory. */
export class DiskDraft implements Draft {
  readonly #intake: Intake;
  readonly #envelope: Envelope;
  readonly #goes: Pick<Arrived, 'into' | 'spool'>;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #size = 0;
  #limit: number;
  #file: BlobFile | undefined;
  #open = true;
  #writing: Promise<void> | undefined;

  /** @param goes somewhere else than to its owners' inboxes */
  constructor(intake: Intake, envelope: Envelope, goes: Pick<Arrived, 'into' | 'spool'> = {}) {
    this.#intake = intake;
    this.#envelope = envelope;
    this.#goes = goes;
    this.#limit = (envelope.size ?? 0) > INLINE_LIMIT ? WRITE_SIZE : INLINE_LIMIT;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#held.push(chunk);
    this.#heldLength += chunk.length;
    this.#size += chunk.length;
    if (this.#heldLength <= this.#limit) return this.#writing;
    // One write after the other, also for a caller that does not wait.
    const after = this.#writing ?? Promise.resolve();
    const writing = after.then(() => this.#spill());
    this.#writing = writing;
    writing.catch(() => {});
    return writing;
  }

  async commit(): Promise<Receipt> {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#open = false;
    this.#intake.space.spend(this.#size);
    try {
      await this.#writing;
      const id = await this.#store();
      this.#intake.stored();
      return receiptFor(this.#envelope, id, this.#size);
    } catch (error) {
      const failed = asCsError(error);
      if (failed.code === 'CS_DISK_FULL') this.#intake.space.doubt();
      throw failed;
    }
  }

  async abort(): Promise<void> {
    this.#open = false;
    this.#held = [];
    await this.#writing?.catch(() => {});
    await this.#file?.discard();
    this.#file = undefined;
  }

  async #store(): Promise<number> {
    const arrived: Arrived = { size: this.#size, envelope: crossing(this.#envelope), ...this.#goes };
    if (!this.#file) return this.#intake.writer.call('store', arrived, this.#held);
    const file = this.#file;
    try {
      await this.#spill();
      await file.finish();
    } catch (error) {
      await file.discard();
      throw error;
    }
    this.#file = undefined;
    try {
      return await this.#intake.writer.call('store', { ...arrived, blob: file.name });
    } catch (error) {
      // Any other failure leaves open whether the row will be found after a crash; the next start knows.
      if (asCsError(error).code === 'CS_DISK_FULL') await file.discard();
      throw error;
    }
  }

  async #spill(): Promise<void> {
    const chunks = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    this.#limit = WRITE_SIZE;
    try {
      this.#file ??= await this.#intake.blobs.create();
      await this.#file.write(chunks);
    } catch (error) {
      this.#intake.space.doubt();
      throw asCsError(error);
    }
  }
}

/** What the writer needs of an envelope, and nothing that would cost to clone. */
function crossing({ from, to, session, owners }: Envelope): Arrived['envelope'] {
  return {
    from,
    to: to.map(({ address }) => ({ address })),
    ...(session && { session: { server: session.server, conn: session.conn, helo: session.helo, user: session.user } }),
    ...(owners && { owners }),
  };
}
