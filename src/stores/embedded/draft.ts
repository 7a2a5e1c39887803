import type { Draft, Envelope, Receipt } from '../../contracts/delivery.ts';
import type { MailDraft, MailReceipt } from '../../contracts/mail.ts';
import { asCsError, CsError, type ErrorCode } from '../../kit/errors.ts';
import { originOf, receiptFor } from '../shared/mail-fact.ts';
import type { BlobFile, Blobs } from './blobs.ts';
import type { Arrived, Place, WriterCalls } from './calls.ts';
import type { Space } from './space.ts';
import type { Thread } from './thread.ts';

/** Up to here a content stands in its row; a larger one becomes a file while it is still coming in. */
export const INLINE_LIMIT = 256 * 1024;
const WRITE_SIZE = 64 * 1024;
/** Octets in all drafts together above which none waits for `INLINE_LIMIT` with its file. */
const CROWD = 8 * 1024 * 1024;

export interface Intake {
  readonly writer: Thread<WriterCalls>;
  readonly blobs: Blobs;
  readonly space: Space;
  /** Called after each message that was stored. */
  readonly stored: () => void;
  /** Octets that drafts hold in memory. */
  readonly held: { octets: number };
}

/** After these no row names the file. */
const REFUSED: ReadonlySet<string> = new Set<ErrorCode>(['CS_DISK_FULL', 'CS_QUOTA', 'CS_NOT_FOUND', 'CS_LIMIT']);

interface Ready {
  readonly arrived: Arrived;
  readonly octets: readonly Uint8Array[];
}

/** A message on its way to disk: at most `INLINE_LIMIT` octets of it are in memory. */
abstract class DiskDraft {
  readonly intake: Intake;
  readonly envelope: Envelope;
  readonly #goes: Pick<Arrived, 'into' | 'spool'>;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #spent: (() => void)[] = [];
  #size = 0;
  #limit: number;
  #file: BlobFile | undefined;
  #open = true;
  #writing: Promise<void> | undefined;

  /** @param goes somewhere else than to its owners' inboxes */
  constructor(intake: Intake, envelope: Envelope, goes: Pick<Arrived, 'into' | 'spool'> = {}) {
    this.intake = intake;
    this.envelope = envelope;
    this.#goes = goes;
    this.#limit = (envelope.size ?? 0) > INLINE_LIMIT ? WRITE_SIZE : INLINE_LIMIT;
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array, spent?: () => void): Promise<void> | undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#held.push(chunk);
    if (spent) this.#spent.push(spent);
    this.#heldLength += chunk.length;
    this.intake.held.octets += chunk.length;
    this.#size += chunk.length;
    const limit = this.intake.held.octets > CROWD ? WRITE_SIZE : this.#limit;
    if (this.#heldLength <= limit) return this.#writing;
    // One write after the other, also for a caller that does not wait.
    const after = this.#writing ?? Promise.resolve();
    const writing = after.then(() => this.#spill());
    this.#writing = writing;
    writing.catch(() => {});
    return writing;
  }

  async abort(): Promise<void> {
    this.#open = false;
    this.#letGo();
    await this.#writing?.catch(() => {});
    await this.#file?.discard();
    this.#file = undefined;
  }

  /** Nothing may be written any more. What the writer is to be told, and the octets beside it; a file of it is synced. */
  async ready(): Promise<Ready> {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#open = false;
    this.intake.space.spend(this.#size);
    await this.#writing;
    const origin = this.#goes.spool ? undefined : originOf(this.envelope);
    const arrived: Arrived = { size: this.#size, envelope: crossing(this.envelope), origin, ...this.#goes };
    const file = this.#file;
    if (!file) return { arrived, octets: this.#held };
    try {
      await this.#spill();
      await file.finish();
    } catch (error) {
      await file.discard();
      throw error;
    }
    return { arrived: { ...arrived, blob: file.name }, octets: [] };
  }

  /** The writer has been asked: the file is its own from now on, unless it certainly does not name it. */
  async settled(error?: CsError): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#letGo();
    // Any other failure leaves open whether the row will be found after a crash; the next start knows.
    if (error && REFUSED.has(error.code)) await file?.discard();
  }

  #letGo(): void {
    this.intake.held.octets -= this.#heldLength;
    this.#held = [];
    this.#spent = [];
    this.#heldLength = 0;
  }

  async #spill(): Promise<void> {
    const chunks = this.#held;
    const spent = this.#spent;
    this.#letGo();
    this.#limit = WRITE_SIZE;
    try {
      this.#file ??= await this.intake.blobs.create();
      await this.#file.write(chunks);
      for (const tell of spent) tell();
    } catch (error) {
      this.intake.space.doubt();
      throw asCsError(error);
    }
  }
}

export class DeliveredDraft extends DiskDraft implements Draft {
  async commit(): Promise<Receipt> {
    const { intake, envelope, size } = this;
    const id = await asked(intake, [this], ([{ arrived, octets }]) => intake.writer.call('store', arrived, { octets }));
    intake.stored();
    return receiptFor(envelope, id, size);
  }
}

/** Into one mailbox. */
export class AppendedDraft extends DiskDraft implements MailDraft {
  async commit(): Promise<MailReceipt> {
    const [receipt] = await appendAll(this.intake, [this]);
    return receipt!;
  }
}

function ownDraft(intake: Intake, draft: MailDraft): AppendedDraft {
  if (draft instanceof AppendedDraft && draft.intake === intake) return draft;
  throw new CsError('CS_BUG', 'a draft of another store');
}

/** In the place of a message, in one transaction. */
export async function replaceBy(
  intake: Intake,
  old: Place & { readonly uid: number },
  draft: MailDraft,
): Promise<{ readonly receipt: MailReceipt; readonly removed: WriterCalls['remove']['result'] }> {
  const own = ownDraft(intake, draft);
  const { filed, removed } = await asked(intake, [own], ([{ arrived, octets }]) =>
    intake.writer.call('replace', { old, arrived }, { octets }),
  );
  intake.stored();
  const { id, ...place } = filed;
  return { receipt: { ...receiptFor(own.envelope, id, own.size), ...place }, removed };
}

/** All or none: in one transaction. */
export async function appendAll(intake: Intake, drafts: readonly MailDraft[]): Promise<MailReceipt[]> {
  const own = drafts.map((draft) => ownDraft(intake, draft));
  const filed = await asked(intake, own, (ready) => {
    const octets = ready.flatMap((one) => one.octets);
    return intake.writer.call(
      'append',
      ready.map(({ arrived }) => arrived),
      { octets },
    );
  });
  intake.stored();
  return filed.map(({ id, ...place }, at) => ({ ...receiptFor(own[at]!.envelope, id, own[at]!.size), ...place }));
}

/** Asks the writer once all of them are ready, and tells them how it went. */
async function asked<T>(
  intake: Intake,
  drafts: readonly DiskDraft[],
  ask: (ready: readonly [Ready, ...Ready[]]) => Promise<T>,
): Promise<T> {
  try {
    const ready: Ready[] = [];
    for (const draft of drafts) ready.push(await draft.ready());
    const result = await ask(ready as unknown as [Ready, ...Ready[]]);
    for (const draft of drafts) await draft.settled();
    return result;
  } catch (error) {
    const failed = asCsError(error);
    if (failed.code === 'CS_DISK_FULL') intake.space.doubt();
    for (const draft of drafts) await draft.settled(failed);
    throw failed;
  }
}

/** What the writer needs of an envelope, and nothing that would cost to clone. */
function crossing({ from, to, session, owners }: Envelope): Arrived['envelope'] {
  return {
    from,
    to: to.map(({ address }) => ({ address })),
    ...(session?.user !== undefined && { session: { user: session.user } }),
    ...(owners && { owners }),
  };
}
