import type { Draft, Envelope, Receipt } from '../../contracts/delivery.ts';
import type { MailDraft, MailReceipt } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { HEADER_LIMIT, headerFacts } from '../../kit/mime/header-facts.ts';
import { receiptFor } from '../shared/mail-fact.ts';
import { noMailbox, noMessage } from '../shared/mailbox-name.ts';
import { firstOctets } from '../shared/octets.ts';
import type { Box } from './box.ts';
import type { Arrived, MemoryHouse } from './house.ts';

/** Messages up to this size are made one piece: small slices would keep whole receive buffers alive. */
const ONE_PIECE = 1024 * 1024;

/** A message on its way into memory; its octets count against the store's limit from the moment they are written. */
class MemoryDraft {
  readonly house: MemoryHouse;
  readonly envelope: Envelope;
  readonly into: Arrived['into'];
  #chunks: Uint8Array[] = [];
  #size = 0;
  #open = true;

  constructor(house: MemoryHouse, envelope: Envelope, into: Arrived['into']) {
    this.house = house;
    this.envelope = envelope;
    this.into = into;
  }

  write(chunk: Uint8Array): undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.house.reserve(chunk.length);
    this.#size += chunk.length;
    this.#chunks.push(chunk);
  }

  /** Nothing may be written any more; what has come. */
  end(): Arrived {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#close();
    const chunks = this.#size <= ONE_PIECE ? [Buffer.concat(this.#chunks)] : this.#chunks;
    const headers = headerFacts(firstOctets(chunks, HEADER_LIMIT));
    return { chunks, size: this.#size, envelope: this.envelope, headers, into: this.into };
  }

  async abort(): Promise<void> {
    if (this.#open) this.#close();
    this.#chunks = [];
  }

  #close(): void {
    this.#open = false;
    this.house.release(this.#size);
  }
}

class DeliveredDraft extends MemoryDraft implements Draft {
  async commit(): Promise<Receipt> {
    const arrived = this.end();
    return receiptFor(this.envelope, this.house.store(arrived).id, arrived.size);
  }
}

/** Into one mailbox. */
class AppendedDraft extends MemoryDraft implements MailDraft {
  async commit(): Promise<MailReceipt> {
    return filed(this.house, this.end());
  }
}

export function delivered(house: MemoryHouse, envelope: Envelope): Draft {
  return new DeliveredDraft(house, envelope, undefined);
}

export function appended(house: MemoryHouse, into: Arrived['into']): MailDraft {
  return new AppendedDraft(house, { from: '', to: [] }, into);
}

/** All or none: what could stand against one of them is asked before the first is filed. */
export function commitAll(house: MemoryHouse, drafts: readonly MailDraft[]): MailReceipt[] {
  const all = drafts.map((draft) => {
    if (draft instanceof AppendedDraft && draft.house === house) return draft.end();
    throw new CsError('CS_BUG', 'a draft of another store');
  });
  const [first] = all;
  if (!first) return [];
  for (const arrived of all) house.admit(arrived);
  const octets = all.reduce((sum, { size }) => sum + size, 0);
  const { owner } = first.into!.box;
  house.owner(owner).take(house.quotaOf(owner), octets, all.length);
  return all.map((arrived) => filed(house, arrived));
}

/** What the new one needs beyond the old one is asked for before either is touched. */
export function replace(house: MemoryHouse, box: Box, uid: number, draft: MailDraft): MailReceipt {
  if (!(draft instanceof AppendedDraft && draft.house === house))
    throw new CsError('CS_BUG', 'a draft of another store');
  const arrived = draft.end();
  const old = box.message(uid);
  if (!old) throw noMessage(box.name, uid);
  const { owner, name } = arrived.into!.box;
  if (house.find(owner, name) !== arrived.into!.box) throw noMailbox(name);
  house.owner(owner).take(house.quotaOf(owner), arrived.size - old.size, 0);
  house.takeOut(box, uid);
  return filed(house, arrived);
}

function filed(house: MemoryHouse, arrived: Arrived): MailReceipt {
  const { id, uid } = house.store(arrived);
  return { ...receiptFor(arrived.envelope, id, arrived.size), uid, uidValidity: arrived.into!.box.uidValidity };
}
