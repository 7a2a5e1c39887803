/** Search keys → messages. What the view knows is asked first; the store is asked about those that are left. */

import { indicesOf } from '../messages.ts';
import { emailId } from '../object-ids.ts';
import type { Session } from '../session.ts';
import { common, type Ascending as Indices, union, within, without } from './ascending.ts';
import type { Key } from './keys.ts';
import { isNear, sentDays } from './sent-days.ts';

/** Messages that are looked at before others get their turn. */
const TURN = 1_000_000;

interface Facts {
  readonly size: number;
  readonly receivedAt: number;
  readonly savedAt: number;
  readonly id: string;
  readonly sentAt: number;
}

/** Keys by what they cost: those of the view, those of facts, those of text. */
const COST: Readonly<Record<Key['kind'], number>> = {
  all: 0,
  set: 0,
  flag: 0,
  modseq: 0,
  not: 1,
  and: 1,
  or: 1,
  size: 2,
  date: 2,
  email: 2,
  text: 3,
};

function costOf(key: Key): number {
  if (key.kind === 'not') return costOf(key.key);
  if (key.kind === 'and' || key.kind === 'or') return Math.max(...key.keys.map(costOf));
  return COST[key.kind];
}

export class Evaluation {
  readonly #session: Session;
  readonly #facts = new Map<number, Facts>();
  #looked = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Those among these messages that the key holds for. */
  async filter(key: Key, among: Indices): Promise<Indices> {
    if (among.length === 0) return among;
    this.#looked += among.length;
    if (this.#looked > TURN) {
      this.#looked = 0;
      await new Promise(setImmediate);
    }
    switch (key.kind) {
      case 'all':
        return among;
      case 'and': {
        let left = among;
        for (const one of [...key.keys].sort((a, b) => costOf(a) - costOf(b))) left = await this.filter(one, left);
        return left;
      }
      case 'or': {
        let left = among;
        let all: Indices = new Uint32Array(0);
        for (const one of [...key.keys].sort((a, b) => costOf(a) - costOf(b))) {
          const found = await this.filter(one, left);
          all = union(all, found);
          left = without(left, found);
        }
        return all;
      }
      case 'not':
        return without(among, await this.filter(key.key, among));
      case 'text':
        return this.#containing(key.where, key.text, among);
      case 'size':
      case 'date':
      case 'email':
        return this.#byFacts(key, among);
      default:
        return this.#byView(key, among);
    }
  }

  #byView(key: Extract<Key, { kind: 'set' | 'flag' | 'modseq' }>, among: Indices): Indices {
    const view = this.#session.view!;
    if (key.kind === 'modseq') return among.filter((index) => view.modseq(index) >= key.modseq);
    if (key.kind === 'flag') {
      const holds = view.flagSets.map((flags) => flags.some((flag) => flag.toLowerCase() === key.flag) === key.has);
      return among.filter((index) => holds[view.flagSet(index)]);
    }
    if (key.set === 'saved') return common(among, indicesOf(this.#session, key.set, key.uid));
    return within(among, view.spans(key.set, key.uid));
  }

  async #byFacts(key: Extract<Key, { kind: 'size' | 'date' | 'email' }>, among: Indices): Promise<Indices> {
    const sent = key.kind === 'date' && key.field === 'sentAt';
    await this.#learn(among, sent);
    const days = sent ? await this.#daysNear(among, key) : undefined;
    return among.filter((index) => {
      const facts = this.#facts.get(index);
      if (!facts) return false;
      if (key.kind === 'size') return key.over ? facts.size > key.octets : facts.size < key.octets;
      if (key.kind === 'email') return emailId(this.#session, facts.id) === key.id;
      const at = days?.get(index) ?? facts[key.field];
      return at >= key.from && at < key.to;
    });
  }

  #daysNear(among: Indices, { from, to }: { readonly from: number; readonly to: number }) {
    const near = among.filter((index) => {
      const { sentAt } = this.#facts.get(index) ?? { sentAt: Number.NaN };
      return isNear(sentAt, from) || isNear(sentAt, to);
    });
    return sentDays(this.#session, near);
  }

  async #learn(among: Indices, sent: boolean): Promise<void> {
    const { view } = this.#session;
    const unknown = among.filter((index) => {
      const facts = this.#facts.get(index);
      return !facts || (sent && facts.sentAt === Number.POSITIVE_INFINITY);
    });
    if (unknown.length === 0) return;
    const uids = Uint32Array.from(unknown, (index) => view!.uid(index));
    for await (const batch of this.#session.able('scan')(view!.name, uids, sent ? { index: ['keys'] } : {})) {
      for (const { uid, id, size, receivedAt, savedAt, index } of batch) {
        // A message without a date is as old as it is here (RFC 5256 section 2.2).
        const sentAt = index?.keys ? orElse(index.keys.sentAt, receivedAt) : Number.POSITIVE_INFINITY;
        this.#facts.set(view!.indexOf(uid), { id, size, receivedAt, savedAt, sentAt });
      }
    }
  }

  async #containing(where: string, text: string, among: Indices): Promise<Indices> {
    const { view } = this.#session;
    // An empty text is in every one (RFC 9051 section 6.4.4); with a field's name it asks whether the field is there.
    if (text === '' && (where === 'text' || where === 'body')) return among;
    const uids = Uint32Array.from(among, (index) => view!.uid(index));
    const found = await this.#session.able('contains')(view!.name, where, text, uids);
    return Uint32Array.from(found, (uid) => view!.indexOf(uid)).filter((index) => index !== 0xffffffff);
  }
}

function orElse(ms: number, other: number): number {
  return Number.isNaN(ms) ? other : ms;
}
