import type {
  FlagChange,
  FlagResult,
  FlagState,
  Mailbox,
  MailboxView,
  MailChanges,
  MailEntry,
} from '../../contracts/mail.ts';
import { FlagSets } from '../shared/flag-sets.ts';
import { canonicalFlags, changeFlags, SEEN, sameFlags } from '../shared/flags.ts';
import { entry, type Held, type Message } from './message.ts';
import { ModseqLog } from './modseq-log.ts';

/** Expunges that are remembered, at least; who asks for what is older must compare uids. */
const TOMBSTONES = 10_000;

type Touched = (owner: string, mailbox: string) => void;

/** One mailbox: messages by ascending uid, and the counters that IMAP wants (RFC 9051 section 2.3.1, RFC 7162). */
export class Box {
  readonly owner: string;
  name: string;
  readonly uidValidity: number;
  readonly use: readonly string[] | undefined;
  #uidNext = 1;
  #modseq = 1;
  #bytes = 0;
  #unseen = 0;
  readonly #held = new Map<number, Held>();
  /** Where a message stands here: an eviction need not search for it. */
  readonly #uids = new Map<Message, Set<number>>();
  readonly #changed = new ModseqLog();
  readonly #vanished = new ModseqLog();
  readonly #touched: Touched;
  #horizon = 0;

  /** @param touched called with every change */
  constructor(place: { owner: string; name: string; uidValidity: number; use?: readonly string[] }, touched: Touched) {
    this.owner = place.owner;
    this.name = place.name;
    this.uidValidity = place.uidValidity;
    this.use = place.use;
    this.#touched = touched;
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  facts(subscribed: boolean): Mailbox {
    return {
      name: this.name,
      id: String(this.uidValidity),
      uidValidity: this.uidValidity,
      uidNext: this.#uidNext,
      messages: this.#held.size,
      unseen: this.#unseen,
      bytes: this.#bytes,
      highestModseq: this.#modseq,
      subscribed,
      ...(this.use && { use: this.use }),
    };
  }

  /** @param uid given only by the view of everything, ascending */
  add(message: Message, flags: readonly string[] = [], uid = this.#uidNext): number {
    const held = { message, savedAt: Date.now(), flags: canonicalFlags(flags), modseq: ++this.#modseq };
    this.#uidNext = uid + 1;
    this.#held.set(uid, held);
    this.#bytes += message.size;
    if (!held.flags.includes(SEEN)) this.#unseen += 1;
    const uids = this.#uids.get(message);
    if (uids) uids.add(uid);
    else this.#uids.set(message, new Set([uid]));
    this.#note(uid);
    this.#touched(this.owner, this.name);
    return uid;
  }

  held(uid: number): Held | undefined {
    return this.#held.get(uid);
  }

  message(uid: number): Message | undefined {
    return this.#held.get(uid)?.message;
  }

  /** Those that are here, ascending, each once. */
  known(uids?: Iterable<number>): number[] {
    if (!uids) return [...this.#held.keys()];
    return [...new Set(uids)].filter((uid) => this.#held.has(uid)).sort((a, b) => a - b);
  }

  entries(uids?: Iterable<number>): MailEntry[] {
    return this.known(uids).map((uid) => entry(uid, this.#held.get(uid)!));
  }

  view(subscribed: boolean): MailboxView {
    const count = this.#held.size;
    const [uids, modseqs, flags] = [new Uint32Array(count), new Float64Array(count), new Uint32Array(count)];
    const sets = new FlagSets();
    let at = 0;
    for (const [uid, held] of this.#held) {
      uids[at] = uid;
      modseqs[at] = held.modseq;
      flags[at] = sets.of(held.flags);
      at += 1;
    }
    return { mailbox: this.facts(subscribed), uids, modseqs, flags, flagSets: sets.sets };
  }

  changes(since: number, subscribed: boolean): MailChanges {
    return {
      mailbox: this.facts(subscribed),
      changed: this.known(this.#changed.after(since)).map((uid) => state(uid, this.#held.get(uid)!)),
      vanished: [...this.#vanished.after(since)].sort((a, b) => a - b),
      complete: since >= this.#horizon,
    };
  }

  /** @param unchangedSince those with a newer modseq are refused */
  setFlags(
    uids: Iterable<number>,
    change: FlagChange,
    flags: readonly string[],
    unchangedSince = Infinity,
  ): FlagResult {
    const changed: FlagState[] = [];
    const refused: number[] = [];
    const modseq = this.#modseq + 1;
    for (const uid of this.known(uids)) {
      const held = this.#held.get(uid)!;
      if (held.modseq > unchangedSince) {
        refused.push(uid);
        continue;
      }
      const after = changeFlags(held.flags, change, flags);
      if (sameFlags(held.flags, after)) continue;
      this.#unseen += Number(held.flags.includes(SEEN)) - Number(after.includes(SEEN));
      held.flags = after;
      held.modseq = modseq;
      this.#modseq = modseq;
      this.#note(uid);
      changed.push(state(uid, held));
    }
    if (changed.length > 0) this.#touched(this.owner, this.name);
    return { changed, refused };
  }

  /** The message that stood there; the caller decides whether it lives on. */
  remove(uid: number): Message | undefined {
    const held = this.#held.get(uid);
    if (!held) return undefined;
    this.#held.delete(uid);
    this.#bytes -= held.message.size;
    if (!held.flags.includes(SEEN)) this.#unseen -= 1;
    const uids = this.#uids.get(held.message);
    uids?.delete(uid);
    if (uids?.size === 0) {
      this.#uids.delete(held.message);
      held.message.places.delete(this);
    }
    this.#vanished.add(uid, ++this.#modseq);
    this.#touched(this.owner, this.name);
    if (this.#vanished.length >= 2 * TOMBSTONES) this.#horizon = this.#vanished.shorten(TOMBSTONES);
    return held.message;
  }

  removeMessage(message: Message): void {
    for (const uid of [...(this.#uids.get(message) ?? [])]) this.remove(uid);
  }

  /** Places that newer ones stand for are dropped when they are the greater half. */
  #note(uid: number): void {
    this.#changed.add(uid, this.#modseq);
    if (this.#changed.length < 1024 || this.#changed.length < 2 * this.#held.size) return;
    this.#changed.keep((one, modseq) => this.#held.get(one)?.modseq === modseq);
  }
}

function state(uid: number, { flags, modseq }: Held): FlagState {
  return { uid, flags, modseq };
}
