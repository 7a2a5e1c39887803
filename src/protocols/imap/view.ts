/**
 * A mailbox as one session sees it (RFC 9051 section 2.3.1.2): numbered from 1, columns in the order of the uids. What
 * others do is folded in, and stays numbered until it may be told that it is gone.
 */
import type { FlagState, Mailbox, MailboxView, MailChanges } from '../../contracts/mail.ts';
import type { Range, SequenceSet } from './syntax/sequence-set.ts';
import { resolveSet } from './syntax/sequence-set.ts';

const SEEN = '\\Seen';

export class View {
  /** Changes when the session itself renames it. */
  name: string;
  readonly readOnly: boolean;
  mailbox: Mailbox;
  #count: number;
  #uids: Uint32Array;
  #modseqs: Float64Array;
  #flags: Uint32Array;
  readonly #sets: (readonly string[])[];
  readonly #setOf = new Map<string, number>();
  /** Uids that are gone from the mailbox and numbered here still. */
  readonly #gone = new Set<number>();
  /** Uids whose flags changed and are to be told. */
  readonly #dirty = new Set<number>();
  #told: number;

  constructor(view: MailboxView, readOnly: boolean) {
    this.name = view.mailbox.name;
    this.readOnly = readOnly;
    this.mailbox = view.mailbox;
    this.#count = view.uids.length;
    this.#uids = view.uids;
    this.#modseqs = view.modseqs;
    this.#flags = view.flags;
    this.#sets = [...view.flagSets];
    for (const [index, flags] of this.#sets.entries()) this.#setOf.set(flags.join(' '), index);
    this.#told = this.#count;
  }

  /** Messages that are numbered. */
  get count(): number {
    return this.#count;
  }

  /** Whatever happened after it is not known here. */
  get since(): number {
    return this.mailbox.highestModseq;
  }

  uid(index: number): number {
    return this.#uids[index]!;
  }

  modseq(index: number): number {
    return this.#modseqs[index]!;
  }

  flags(index: number): readonly string[] {
    return this.#sets[this.#flags[index]!]!;
  }

  /** One for each set of flags in use: what holds for one holds for all of that set. */
  flagSet(index: number): number {
    return this.#flags[index]!;
  }

  get flagSets(): readonly (readonly string[])[] {
    return this.#sets;
  }

  isGone(index: number): boolean {
    return this.#gone.size > 0 && this.#gone.has(this.#uids[index]!);
  }

  /** Keywords and system flags in use, each once. */
  usedFlags(): string[] {
    const used = new Uint8Array(this.#sets.length);
    for (let index = 0; index < this.#count; index++) used[this.#flags[index]!] = 1;
    return [...new Set(this.#sets.filter((_, set) => used[set] === 1).flat())];
  }

  /** Index of the first message without `\Seen`; -1 when there is none. */
  firstUnseen(): number {
    const unseen = this.#sets.map((flags) => !flags.includes(SEEN));
    for (let index = 0; index < this.#count; index++) if (unseen[this.#flags[index]!]) return index;
    return -1;
  }

  /** -1 for a uid that is not here. */
  indexOf(uid: number): number {
    const index = this.lowerBound(uid);
    return index < this.#count && this.#uids[index] === uid ? index : -1;
  }

  /** Index of the first message with that uid or a higher one. */
  lowerBound(uid: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#uids[middle]! < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Ascending indices of the messages a set names; numbers that name nothing are passed over. */
  indices(set: SequenceSet, byUid: boolean): Uint32Array {
    const spans = this.spans(set, byUid);
    const indices = new Uint32Array(spans.reduce((sum, [from, to]) => sum + to - from, 0));
    let at = 0;
    for (const [from, to] of spans) for (let index = from; index < to; index++) indices[at++] = index;
    return indices;
  }

  /** The same as ranges of indices, each without its end; ascending, none touching another. */
  spans(set: SequenceSet, byUid: boolean): readonly Range[] {
    if (this.#count === 0) return [];
    const highest = byUid ? this.#uids[this.#count - 1]! : this.#count;
    return resolveSet(set, highest)
      .map((range) => this.#span(range, byUid))
      .filter(([from, to]) => from < to);
  }

  uidsOf(indices: Iterable<number>): number[] {
    return Array.from(indices, (index) => this.#uids[index]!);
  }

  /** Fold in what happened. New flags of what was here are told later, unless they came from this session. */
  apply({ mailbox, changed, vanished }: MailChanges): void {
    for (const state of changed) this.learn(state, true);
    for (const uid of vanished) if (this.indexOf(uid) !== -1) this.#gone.add(uid);
    this.mailbox = mailbox;
  }

  /** @param tell whether the client does not know of it yet */
  learn({ uid, flags, modseq }: FlagState, tell: boolean): void {
    const index = this.indexOf(uid);
    if (index === -1) this.#add(uid, flags, modseq);
    if (index === -1 || this.#modseqs[index] === modseq) return;
    this.#modseqs[index] = modseq;
    this.#flags[index] = this.#set(flags);
    if (tell) this.#dirty.add(uid);
    else this.#dirty.delete(uid);
  }

  /** The flags of this message were just told. */
  knows(index: number): void {
    if (this.#dirty.size > 0) this.#dirty.delete(this.#uids[index]!);
  }

  /** How many messages there are, where the client was told another number. */
  takeExists(): number | undefined {
    if (this.#count === this.#told) return undefined;
    this.#told = this.#count;
    return this.#count;
  }

  /** Ascending indices of messages whose flags are to be told. */
  takeDirty(): number[] {
    if (this.#dirty.size === 0) return [];
    const uids = [...this.#dirty].sort((a, b) => a - b);
    this.#dirty.clear();
    return uids.map((uid) => this.indexOf(uid)).filter((index) => index !== -1 && !this.isGone(index));
  }

  /** Numbers what is left anew; gives the ascending indices (as the client knows them) and uids of what it was told of and went. */
  takeGone(): { readonly indices: readonly number[]; readonly uids: readonly number[] } {
    if (this.#gone.size === 0) return { indices: [], uids: [] };
    const uids = [...this.#gone].sort((a, b) => a - b);
    const indices = uids.map((uid) => this.indexOf(uid));
    this.#gone.clear();
    for (const uid of uids) this.#dirty.delete(uid);
    let to = indices[0]!;
    let next = 0;
    for (let from = to; from < this.#count; from++) {
      if (from === indices[next]) {
        next += 1;
        continue;
      }
      this.#uids[to] = this.#uids[from]!;
      this.#modseqs[to] = this.#modseqs[from]!;
      this.#flags[to] = this.#flags[from]!;
      to += 1;
    }
    this.#count = to;
    // What came in meanwhile and was never told is no part of what the client counts down from.
    const told = indices.filter((index) => index < this.#told);
    this.#told -= told.length;
    return { indices: told, uids: uids.slice(0, told.length) };
  }

  #span([from, to]: Range, byUid: boolean): Range {
    if (byUid) return [this.lowerBound(from), this.lowerBound(to + 1)];
    return [from - 1, Math.min(to, this.#count)];
  }

  #add(uid: number, flags: readonly string[], modseq: number): void {
    const last = this.#count === 0 ? 0 : this.#uids[this.#count - 1]!;
    // It came and went, or this session dropped it already: uids only ascend.
    if (uid <= last) return;
    if (this.#count === this.#uids.length) this.#grow();
    this.#uids[this.#count] = uid;
    this.#modseqs[this.#count] = modseq;
    this.#flags[this.#count] = this.#set(flags);
    this.#count += 1;
  }

  #set(flags: readonly string[]): number {
    const key = flags.join(' ');
    const found = this.#setOf.get(key);
    if (found !== undefined) return found;
    this.#sets.push(flags);
    this.#setOf.set(key, this.#sets.length - 1);
    return this.#sets.length - 1;
  }

  #grow(): void {
    const room = Math.max(16, Math.ceil(this.#uids.length * 1.5));
    const grown = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#uids = grown(this.#uids, new Uint32Array(room));
    this.#modseqs = grown(this.#modseqs, new Float64Array(room));
    this.#flags = grown(this.#flags, new Uint32Array(room));
  }
}
