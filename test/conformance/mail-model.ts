/** Random operations on a store and on a model of it: afterwards both say the same, and changes folded into a view are a new view. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailboxView, MailStore } from '../../src/contracts/mail.ts';
import { CsError } from '../../src/kit/errors.ts';
import { seeded } from '../../src/kit/faults.ts';
import { SEED } from '../property.ts';
import { deliver, type Make, message, type Subject } from './harness.ts';
import { flagsOf } from './mail-views.ts';

type Whole = Required<MailStore>;

interface Modelled {
  readonly uidValidity: number;
  uidNext: number;
  readonly entries: Map<number, { subject: string; flags: Set<string> }>;
}

const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', 'work', 'later'];
const NAMES = ['A', 'A/B', 'C', 'C/D', 'E'];

export function mailModelSuite(name: string, make: Make, rounds: number): void {
  test(`${name}: a model and ${rounds} random operations agree`, { timeout: 300_000 }, async () => {
    const subject = await make();
    try {
      const model = await Model.on(subject);
      for (let round = 0; round < rounds; round++) {
        await model.step();
        if (round % 10 === 9) await model.compare();
      }
    } finally {
      await subject.close();
    }
  });
}

class Model {
  readonly #subject: Subject;
  readonly #mail: Whole;
  readonly #boxes = new Map<string, Modelled>();
  /** By uidValidity, what a session that never looks anew knows. */
  readonly #folded = new Map<number, { modseq: number; flags: Map<number, string> }>();
  readonly #seen = new Set<number>();
  readonly #next = seeded(SEED);
  #count = 0;

  private constructor(subject: Subject, mail: Whole) {
    this.#subject = subject;
    this.#mail = mail;
  }

  static async on(subject: Subject): Promise<Model> {
    const model = new Model(subject, (await subject.store.mail.of('ann@x.test')) as Whole);
    await model.#learn('INBOX');
    return model;
  }

  async step(): Promise<void> {
    const steps = [
      () => this.#append(),
      () => this.#deliver(),
      () => this.#flag(),
      () => this.#flag(),
      () => this.#copy('copy'),
      () => this.#copy('move'),
      () => this.#remove(),
      () => this.#create(),
      () => this.#rename(),
      () => this.#drop(),
    ];
    await steps[this.#below(steps.length)]!();
  }

  async compare(): Promise<void> {
    const boxes = await this.#mail.mailboxes();
    assert.deepEqual(boxes.map((box) => box.name).sort(), [...this.#boxes.keys()].sort());
    for (const [name, model] of this.#boxes) {
      const view = await this.#mail.open(name);
      assert.equal(view.mailbox.uidValidity, model.uidValidity, name);
      assert.equal(view.mailbox.uidNext, model.uidNext, name);
      const wanted = [...model.entries].sort(([a], [b]) => a - b);
      assert.deepEqual(flagsByUid(view), new Map(wanted.map(([uid, { flags }]) => [uid, sorted(flags)])), name);
      const subjects = (await this.#mail.list(name)).map(({ headers }) => headers.subject);
      assert.deepEqual(
        subjects,
        wanted.map(([, { subject }]) => subject),
      );
      assert.equal(view.mailbox.messages, wanted.length);
      assert.equal(view.mailbox.unseen, wanted.filter(([, { flags }]) => !flags.has('\\Seen')).length);
      await this.#fold(name, view);
    }
  }

  async #fold(name: string, view: MailboxView): Promise<void> {
    const known = this.#folded.get(view.mailbox.uidValidity);
    if (known) {
      const { changed, vanished, complete, mailbox } = await this.#mail.changes(name, known.modseq);
      assert.ok(complete);
      for (const { uid, flags } of changed) known.flags.set(uid, sorted(flags));
      for (const uid of vanished) known.flags.delete(uid);
      known.modseq = mailbox.highestModseq;
      const ordered = new Map([...known.flags].sort(([a], [b]) => a - b));
      assert.deepEqual(ordered, flagsByUid(view), `${name}: changes folded into a view`);
    } else {
      this.#folded.set(view.mailbox.uidValidity, { modseq: view.mailbox.highestModseq, flags: flagsByUid(view) });
    }
  }

  async #append(): Promise<void> {
    const [name, box] = this.#box();
    const flags = this.#flags();
    const subject = `s${++this.#count}`;
    const draft = await this.#mail.append(name, { flags });
    await draft.write(message(subject));
    const { uid, uidValidity } = await draft.commit();
    assert.deepEqual([uid, uidValidity], [box.uidNext, box.uidValidity]);
    this.#put(box, subject, new Set(flags));
  }

  async #deliver(): Promise<void> {
    const subject = `s${++this.#count}`;
    await deliver(this.#subject.store.delivery, message(subject), ['ann@x.test']);
    this.#put(this.#boxes.get('INBOX')!, subject, new Set());
  }

  async #flag(): Promise<void> {
    const [name, box] = this.#box();
    const uids = this.#uids(box);
    const flags = this.#flags();
    const change = (['add', 'remove', 'replace'] as const)[this.#below(3)]!;
    const { mailbox, modseqs, uids: all } = await this.#mail.open(name);
    const unchangedSince = this.#next() < 0.3 ? Math.max(0, mailbox.highestModseq - this.#below(5)) : undefined;
    const result = await this.#mail.flag(name, uids, change, flags, { unchangedSince });
    const there = uids.filter((uid) => box.entries.has(uid)).sort((a, b) => a - b);
    const late = there.filter((uid) => modseqs[all.indexOf(uid)]! > (unchangedSince ?? Number.POSITIVE_INFINITY));
    assert.deepEqual(result.refused, late);
    const changed: number[] = [];
    for (const uid of there.filter((one) => !late.includes(one))) {
      const entry = box.entries.get(uid)!;
      const before = sorted(entry.flags);
      if (change === 'replace') entry.flags = new Set(flags);
      for (const flag of flags) change === 'remove' ? entry.flags.delete(flag) : entry.flags.add(flag);
      if (sorted(entry.flags) !== before) changed.push(uid);
    }
    assert.deepEqual(
      result.changed.map(({ uid }) => uid),
      changed,
    );
  }

  async #copy(how: 'copy' | 'move'): Promise<void> {
    const [name, box] = this.#box();
    const [to, target] = this.#box();
    const result = await this.#mail[how](name, this.#uids(box), to);
    assert.equal(result.uidValidity, target.uidValidity);
    for (const [at, uid] of result.from.entries()) {
      const { subject, flags } = box.entries.get(uid)!;
      assert.equal(result.to[at], target.uidNext);
      this.#put(target, subject, new Set(flags));
      if (how === 'move') box.entries.delete(uid);
    }
  }

  async #remove(): Promise<void> {
    const [name, box] = this.#box();
    const uids = this.#uids(box).slice(0, 2);
    const there = uids.filter((uid) => box.entries.delete(uid)).length;
    assert.equal(await this.#mail.remove(name, uids), there);
  }

  async #create(): Promise<void> {
    const name = this.#name();
    const made = await tried(() => this.#mail.create(name));
    assert.equal(made, this.#boxes.has(name) ? 'CS_EXISTS' : 'done');
    if (made === 'done') await this.#learn(name);
  }

  async #rename(): Promise<void> {
    const [name] = this.#box();
    const to = this.#name();
    const done = await tried(() => this.#mail.rename(name, to));
    if (done !== 'done') return;
    if (name === 'INBOX') {
      await this.#learn(to);
      const inbox = this.#boxes.get('INBOX')!;
      for (const [, { subject, flags }] of [...inbox.entries].sort(([a], [b]) => a - b)) {
        this.#put(this.#boxes.get(to)!, subject, flags);
      }
      inbox.entries.clear();
      return;
    }
    for (const [old, box] of [...this.#boxes]) {
      if (old !== name && !old.startsWith(`${name}/`)) continue;
      this.#boxes.delete(old);
      this.#boxes.set(to + old.slice(name.length), box);
    }
  }

  async #drop(): Promise<void> {
    const [name] = this.#box();
    const done = await tried(() => this.#mail.drop(name));
    assert.equal(done, name === 'INBOX' ? 'CS_INPUT' : 'done');
    if (done === 'done') this.#boxes.delete(name);
  }

  async #learn(name: string): Promise<void> {
    const { mailbox } = await this.#mail.open(name);
    assert.ok(!this.#seen.has(mailbox.uidValidity), 'a uidValidity is used again');
    this.#seen.add(mailbox.uidValidity);
    this.#boxes.set(name, { uidValidity: mailbox.uidValidity, uidNext: 1, entries: new Map() });
  }

  #put(box: Modelled, subject: string, flags: Set<string>): void {
    box.entries.set(box.uidNext, { subject, flags });
    box.uidNext += 1;
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #box(): [string, Modelled] {
    return [...this.#boxes][this.#below(this.#boxes.size)]!;
  }

  #name(): string {
    return NAMES[this.#below(NAMES.length)]!;
  }

  #flags(): string[] {
    return FLAGS.filter(() => this.#next() < 0.4);
  }

  /** Some that are there, and now and then one that is not. */
  #uids(box: Modelled): number[] {
    const some = [...box.entries.keys()].filter(() => this.#next() < 0.4);
    return this.#next() < 0.2 ? [...some, box.uidNext + 5] : some;
  }
}

async function tried(action: () => Promise<void>): Promise<string> {
  try {
    await action();
    return 'done';
  } catch (error) {
    assert.ok(error instanceof CsError);
    return error.code;
  }
}

function flagsByUid(view: MailboxView): Map<number, string> {
  const flags = flagsOf(view);
  return new Map(Array.from(view.uids, (uid, at) => [uid, sorted(flags[at]!)]));
}

function sorted(flags: Iterable<string>): string {
  return [...flags].sort().join(' ');
}
