import type { Envelope } from '../../contracts/delivery.ts';
import type { MailHeaders, MailHouse, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { canonicalOwner, ownersOf } from '../shared/address.ts';
import { Hints } from '../shared/hints.ts';
import { AGE_CHECK, evictedFact, hasQuota, type Keeping } from '../shared/keeping.ts';
import { mailStored, originOf } from '../shared/mail-fact.ts';
import { EVERYTHING, INBOX, MAILBOXES_PER_OWNER, noMailbox } from '../shared/mailbox-name.ts';
import { type Quota, refuseFull, tightest } from '../shared/quota.ts';
import { indexCost } from '../shared/scanned.ts';
import { Box } from './box.ts';
import type { MemoryJournal } from './journal.ts';
import { mailStoreOf } from './mail-store.ts';
import type { Message } from './message.ts';
import { Owner } from './owner.ts';
import type { MemoryUsers } from './users.ts';

export interface Bounds {
  readonly bytes: number;
  readonly messages: number;
}

export interface Arrived {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  readonly envelope: Envelope;
  readonly headers: MailHeaders;
  /** Filed there instead of in its owners' inboxes. */
  readonly into?: { readonly box: Box; readonly flags: readonly string[]; readonly receivedAt: string | undefined };
}

/** Empty inboxes of owners nobody writes to any more are let go above this many mailboxes. */
const BOXES = 20_000;
const FACTS_COST = 512;
/** Has nothing yet. */
const NEW_OWNER = new Owner();

/** All mail of the memory store: bounded, the oldest message goes first. */
export class MemoryHouse implements MailHouse {
  readonly #journal: MemoryJournal;
  readonly #users: MemoryUsers;
  readonly #bounds: Bounds;
  readonly #messages = new Map<number, Message>();
  readonly #owners = new Map<string, Owner>();
  readonly #locked = new Set<string>();
  readonly hints = new Hints();
  readonly #quota: Quota;
  readonly #keeping: Keeping;
  readonly #aging: NodeJS.Timeout | undefined;
  readonly everything: Box;
  readonly era = Date.now().toString(36);
  #boxes = 0;
  #lastId = 0;
  #uidValidity = Math.floor(Date.now() / 1000);
  #used = 0;
  #incoming = 0;

  constructor(journal: MemoryJournal, users: MemoryUsers, bounds: Bounds, keeping: Keeping) {
    this.#journal = journal;
    this.#users = users;
    this.#bounds = bounds;
    this.#quota = keeping.quota;
    this.#keeping = keeping;
    if (keeping.age !== undefined) this.#aging = setInterval(() => this.#retain(), AGE_CHECK).unref();
    this.everything = this.box(EVERYTHING, INBOX);
  }

  close(): void {
    clearInterval(this.#aging);
  }

  /** Throws `CS_PEER_REFUSED`. */
  refuseFull(address: string): void {
    if (!hasQuota(this.#quota) && !this.#users.limited) return;
    const [name] = ownersOf({ to: [{ address }] }, (one) => this.#users.ownerOf(one));
    if (name === undefined) return;
    const owner = this.#owners.get(name) ?? NEW_OWNER;
    refuseFull(address, owner.usage(this.quotaOf(name)));
  }

  quotaOf(owner: string): Quota {
    return tightest(this.#quota, this.#users.quotaOf(owner));
  }

  async of(owner: string): Promise<MailStore> {
    return mailStoreOf(this, canonicalOwner(owner));
  }

  lock(owner: string): Disposable | undefined {
    const name = canonicalOwner(owner);
    if (this.#locked.has(name)) return undefined;
    this.#locked.add(name);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#locked.delete(name);
        held = false;
      },
    };
  }

  async clear(): Promise<number> {
    const gone = this.#messages.size;
    for (const message of [...this.#messages.values()]) this.#erase(message);
    this.#journal.forgetAll('mail.stored');
    return gone;
  }

  async forget(owner: string): Promise<number> {
    const name = canonicalOwner(owner);
    if (name === EVERYTHING) return this.clear();
    const boxes = [...(this.#owners.get(name)?.boxes.values() ?? [])];
    const gone = boxes.reduce((sum, box) => sum + box.size, 0);
    for (const box of boxes) this.drop(box);
    this.#owners.delete(name);
    return gone;
  }

  owner(name: string): Owner {
    const found = this.#owners.get(name);
    if (found) return found;
    const made = new Owner();
    this.#owners.set(name, made);
    return made;
  }

  find(owner: string, name: string): Box | undefined {
    return this.#owners.get(owner)?.boxes.get(name);
  }

  /** The mailbox of that name, made when there is none. Throws `CS_LIMIT`. */
  box(owner: string, name: string, use?: readonly string[]): Box {
    const found = this.find(owner, name);
    if (found) return found;
    if (this.#boxes >= BOXES) this.#dropEmpty();
    const { boxes } = this.owner(owner);
    if (boxes.size >= MAILBOXES_PER_OWNER) throw new CsError('CS_LIMIT', `more than ${MAILBOXES_PER_OWNER} mailboxes`);
    const uidValidity = ++this.#uidValidity;
    const box = new Box({ owner, name, uidValidity, ...(use && { use }) }, (...place) => this.hints.tell(...place));
    boxes.set(name, box);
    this.#boxes += 1;
    this.hints.tell(owner, name);
    return box;
  }

  drop(box: Box): void {
    for (const uid of box.known()) this.takeOut(box, uid);
    const owner = this.owner(box.owner);
    if (owner.boxes.delete(box.name)) this.#boxes -= 1;
    if (owner.bare) this.#owners.delete(box.owner);
    this.hints.tell(box.owner, box.name);
  }

  rename(owner: string, pairs: readonly (readonly [string, string])[]): void {
    const { boxes } = this.owner(owner);
    for (const [from, to] of pairs) {
      const box = boxes.get(from)!;
      boxes.delete(from);
      box.name = to;
      boxes.set(to, box);
      for (const name of [from, to]) this.hints.tell(owner, name);
    }
  }

  /** Make room for octets of a message that is still coming in. Throws `CS_DISK_FULL` when all of it is already on its way. */
  reserve(octets: number): void {
    if (this.#incoming + octets > this.#bounds.bytes) {
      throw new CsError('CS_DISK_FULL', 'the memory for mail is full', { hint: 'raise --memory-bytes' });
    }
    this.#incoming += octets;
    this.#evict(0);
  }

  release(octets: number): void {
    this.#incoming -= octets;
  }

  /** Whose mail it becomes. Throws `CS_NOT_FOUND` when the mailbox has gone, `CS_QUOTA`. */
  admit({ envelope, into, size }: Omit<Arrived, 'chunks' | 'headers'>): readonly string[] {
    if (into && this.find(into.box.owner, into.box.name) !== into.box) throw noMailbox(into.box.name);
    const owners = into ? [into.box.owner] : ownersOf(envelope, (address) => this.#users.ownerOf(address));
    for (const owner of owners) (this.#owners.get(owner) ?? NEW_OWNER).take(this.quotaOf(owner), size, 1);
    return owners;
  }

  /** File a message: one step, so nobody ever sees half of it. Returns its id, and its uid in the last mailbox. */
  store(arrived: Arrived): { readonly id: number; readonly uid: number } {
    const { envelope, headers, size, chunks, into } = arrived;
    const owners = this.admit(arrived);
    const origin = originOf(envelope);
    const to = envelope.to.map(({ address }) => address);
    const message: Message = {
      id: ++this.#lastId,
      chunks,
      size,
      cost: size + FACTS_COST + 4 * to.reduce((sum, { length }) => sum + length, 0) + (origin?.transcript?.length ?? 0),
      receivedAt: into?.receivedAt ?? new Date().toISOString(),
      envelope: { from: envelope.from, to },
      origin,
      headers,
      index: undefined,
      cursor: 0,
      places: new Set(),
    };
    const boxes = into ? [into.box] : owners.map((owner) => this.box(owner, INBOX));
    let uid = message.id;
    for (const box of boxes) {
      message.places.add(box);
      uid = box.add(message, into?.flags);
    }
    this.everything.add(message, into?.flags, message.id);
    this.#messages.set(message.id, message);
    this.#used += message.cost;
    message.cursor = this.#journal.record(mailStored({ id: message.id, size, envelope, origin, headers, owners }));
    this.#evict(1);
    this.#retain();
    return { id: message.id, uid };
  }

  /** Its index has been made, and counts too. */
  charge(message: Message): void {
    if (!message.index) return;
    const cost = indexCost(message.index);
    message.cost += cost;
    if (this.#messages.has(message.id)) this.#used += cost;
  }

  /** Take one entry out of a mailbox; a message that nobody has any more is gone. */
  takeOut(box: Box, uid: number): boolean {
    const message = box.message(uid);
    if (!message) return false;
    if (box === this.everything) this.#erase(message);
    else {
      box.remove(uid);
      if (message.places.size === 0) this.#erase(message);
    }
    return true;
  }

  #erase(message: Message): void {
    for (const box of [...message.places]) box.removeMessage(message);
    this.everything.removeMessage(message);
    if (this.#messages.delete(message.id)) this.#used -= message.cost;
  }

  /** @param spare how many of the newest stay whatever they cost: what was just acknowledged is there */
  #evict(spare: number): void {
    let count = 0;
    for (const message of this.#messages.values()) {
      const tooMany = this.#messages.size > this.#bounds.messages || this.#used + this.#incoming > this.#bounds.bytes;
      if (!tooMany || this.#messages.size <= spare) break;
      this.#erase(message);
      this.#journal.forget('mail.stored', message.cursor);
      count += 1;
    }
    if (count > 0) this.#journal.record({ event: 'warning', reason: 'evicted', count });
  }

  /** What was asked for goes quietly, but the newest stays: it was just acknowledged. */
  #retain(): void {
    const { messages = Infinity, bytes = Infinity, age = Infinity } = this.#keeping;
    const oldest = Date.now() - age;
    let count = 0;
    for (const message of this.#messages.values()) {
      const held = this.everything.held(message.id);
      const old = held !== undefined && held.savedAt < oldest;
      if (!old && this.#messages.size <= messages && this.everything.bytes <= bytes) break;
      if (!old && this.#messages.size <= 1) break;
      this.#erase(message);
      this.#journal.forget('mail.stored', message.cursor);
      count += 1;
    }
    if (count > 0) this.#journal.record(evictedFact(count));
  }

  /** A mailbox of that name made again gets a new uidValidity, so its uids may start anew. */
  #dropEmpty(): void {
    for (const owner of [...this.#owners.values()]) {
      const box = owner.boxes.get(INBOX);
      if (box && box.size === 0 && box !== this.everything && owner.boxes.size === 1) this.drop(box);
    }
  }
}
