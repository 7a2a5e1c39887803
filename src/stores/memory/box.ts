import type { Envelope } from '../../contracts/delivery.ts';
import type { FlagChange, Mailbox, MailEntry, MailHeaders } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { canonicalFlags, changeFlags, SEEN } from '../shared/flags.ts';

/** A stored message: its octets once, however many mailboxes show it. */
export interface Message {
  readonly id: number;
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  /** Octets it counts for against the store's limit, facts included. */
  readonly cost: number;
  readonly receivedAt: string;
  readonly envelope: Envelope;
  readonly headers: MailHeaders;
  /** Of its `mail.stored` fact. */
  cursor: number;
  /** Where it stands, the view of everything left out. */
  readonly places: Set<Box>;
}

interface Held {
  readonly message: Message;
  flags: readonly string[];
  modseq: number;
}

/** One mailbox: messages by ascending uid, and the counters that IMAP wants (RFC 9051 section 2.3.1, RFC 7162). */
export class Box {
  readonly owner: string;
  readonly name: string;
  readonly uidValidity: number;
  #uidNext = 1;
  #modseq = 1;
  #bytes = 0;
  #unseen = 0;
  readonly #held = new Map<number, Held>();
  /** The newest uid of a message here: an eviction need not search for it. */
  readonly #uids = new Map<Message, Set<number>>();

  constructor(owner: string, name: string, uidValidity: number) {
    this.owner = owner;
    this.name = name;
    this.uidValidity = uidValidity;
  }

  get size(): number {
    return this.#held.size;
  }

  facts(): Mailbox {
    return {
      name: this.name,
      uidValidity: this.uidValidity,
      uidNext: this.#uidNext,
      messages: this.#held.size,
      unseen: this.#unseen,
      bytes: this.#bytes,
      highestModseq: this.#modseq,
    };
  }

  /** @param uid given only by the view of everything, ascending */
  add(message: Message, flags: readonly string[] = [], uid = this.#uidNext): number {
    const held = { message, flags: canonicalFlags(flags), modseq: ++this.#modseq };
    this.#uidNext = uid + 1;
    this.#held.set(uid, held);
    this.#bytes += message.size;
    if (!held.flags.includes(SEEN)) this.#unseen += 1;
    const uids = this.#uids.get(message);
    if (uids) uids.add(uid);
    else this.#uids.set(message, new Set([uid]));
    return uid;
  }

  message(uid: number): Message | undefined {
    return this.#held.get(uid)?.message;
  }

  flags(uid: number): readonly string[] {
    return this.#held.get(uid)?.flags ?? [];
  }

  /** Those that are here, ascending, each once. */
  known(uids?: readonly number[]): number[] {
    if (!uids) return [...this.#held.keys()];
    return [...new Set(uids)].filter((uid) => this.#held.has(uid)).sort((a, b) => a - b);
  }

  entries(uids?: readonly number[]): MailEntry[] {
    return this.known(uids).map((uid) => entry(uid, this.#held.get(uid)!));
  }

  setFlags(uids: readonly number[], change: FlagChange, flags: readonly string[]): void {
    const known = this.known(uids);
    if (known.length === 0) return;
    this.#modseq += 1;
    for (const uid of known) {
      const held = this.#held.get(uid)!;
      const before = held.flags.includes(SEEN);
      held.flags = changeFlags(held.flags, change, flags);
      held.modseq = this.#modseq;
      this.#unseen += Number(before) - Number(held.flags.includes(SEEN));
    }
  }

  /** The message that stood there; the caller decides whether it lives on. */
  remove(uid: number): Message | undefined {
    const held = this.#held.get(uid);
    if (!held) return undefined;
    this.#held.delete(uid);
    this.#modseq += 1;
    this.#bytes -= held.message.size;
    if (!held.flags.includes(SEEN)) this.#unseen -= 1;
    const uids = this.#uids.get(held.message);
    uids?.delete(uid);
    if (uids?.size === 0) {
      this.#uids.delete(held.message);
      held.message.places.delete(this);
    }
    return held.message;
  }

  removeMessage(message: Message): void {
    for (const uid of [...(this.#uids.get(message) ?? [])]) this.remove(uid);
  }
}

function entry(uid: number, { message, flags, modseq }: Held): MailEntry {
  return {
    uid,
    id: String(message.id),
    size: message.size,
    receivedAt: message.receivedAt,
    flags,
    modseq,
    envelope: { from: message.envelope.from, to: message.envelope.to.map((recipient) => recipient.address) },
    headers: message.headers,
  };
}

export function tooManyMailboxes(limit: number): CsError {
  return new CsError('CS_LIMIT', `more than ${limit} mailboxes`);
}
