/**
 * The writer thread: everything that waits goes into one transaction, synced once, and only then is answered.
 * A transaction that fails is final for all that was in it: nothing is tried again, nothing of it is acknowledged.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CsError } from '../../kit/errors.ts';
import { evictedFact } from '../shared/keeping.ts';
import type { Answer, Answers, Posted, Posting, ThreadData, WriterCalls } from './calls.ts';
import { MailChanger } from './change-mail.ts';
import { gather } from './gather.ts';
import { Mailboxes } from './mailboxes.ts';
import { MailRemover } from './remove-mail.ts';
import { replaceMail } from './replace-mail.ts';
import { Reserve } from './reserve.ts';
import { SameFile } from './same-file.ts';
import { migrate, prepareConnection } from './schema.ts';
import { asStoreError, type Database, loadSqlite, type Row } from './sqlite.ts';
import { Statements } from './statements.ts';
import { Touched } from './touched.ts';
import { FactWriter } from './write-facts.ts';
import { MailWriter } from './write-mail.ts';
import { SpoolWriter } from './write-spool.ts';

/** One transaction takes no more than this, so that the first in line does not wait for ever longer ones. */
const CALLS = 1000;
const OCTETS = 16 * 1024 * 1024;
/** Nothing is promised about these beyond the life of the process: they cost no sync, and ride along with what does. */
const LIGHT = new Set<string>(['fact', 'mark', 'claim', 'index', 'watch', 'spoolLease', 'spoolExtend']);
/** After these there may be more than is kept. */
const ARRIVING = new Set<string>(['store', 'append', 'replace', 'retain']);
/** These make room, so a full disk must not stop them. */
const FREEING = new Set<string>(['remove', 'drop', 'dropOwner', 'clear', 'spoolSettle', 'spoolRemove']);
const EMPTYING = new Set<string>(['clear']);
/** Of who is short of room: what could not be given back to the disk then may be by now. */
const ASKING = new Set<string>(['retain']);
/** Free pages inside the database that are worth giving back to the disk, and how many of them go in one step. */
const SPARE_PAGES = 1000;
const STEP_PAGES = 250;
const SYNCHRONOUS = { disk: 'FULL', process: 'NORMAL', none: 'OFF' } as const;

interface Waiting {
  readonly call: Posted;
  readonly octets: Uint8Array;
}
type Handlers = {
  [K in keyof WriterCalls]: (args: WriterCalls[K]['args'], octets: Uint8Array) => WriterCalls[K]['result'];
};

const data = workerData as ThreadData;

class Writer {
  readonly #db: Database;
  readonly #facts: FactWriter;
  readonly #mail: MailWriter;
  readonly #touched: Touched;
  readonly #remover: MailRemover;
  readonly #handlers: Handlers;
  readonly #reserve = new Reserve(`${data.file}-reserve`);
  readonly #file: SameFile;
  #cursor: number | undefined;
  #synchronous = '';
  #doubtful = false;
  /** Free pages that could not be given back to the disk. */
  #owed = false;

  constructor(db: Database) {
    this.#db = db;
    prepareConnection(db);
    db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA cache_size = -16000');
    migrate(db);
    this.#file = new SameFile(data.file);
    this.#reserve.hold();
    const sql = new Statements(db);
    this.#facts = new FactWriter(sql);
    const add = (fact: WriterCalls['fact']['args']): number => {
      this.#cursor = this.#facts.add(fact);
      return this.#cursor;
    };
    const touched = new Touched(sql);
    const boxes = new Mailboxes(sql, touched, data.keeping.quota);
    const mail = new MailWriter(sql, boxes, add, data.blobs);
    const remover = new MailRemover(sql, boxes);
    this.#remover = remover;
    const changer = new MailChanger(sql, boxes);
    const spool = new SpoolWriter(sql);
    spool.free();
    this.#mail = mail;
    this.#touched = touched;
    this.#handlers = {
      open: () => null,
      store: (arrived, octets) =>
        arrived.spool ? spool.store(arrived, arrived.spool, octets) : mail.store(arrived, octets),
      append: (all, octets) => mail.append(all, octets),
      replace: (args, octets) => replaceMail({ boxes, mail, remover }, args, octets),
      fact: add,
      mark: () => this.#facts.mark(),
      forget: (what) => this.#facts.forget(what),
      claim: (claim) => this.#facts.claim(claim),
      putUser: (record) => this.#facts.putUser(record),
      removeUser: (name) => this.#facts.removeUser(name),
      flag: (args) => changer.flag(args),
      copy: (args) => changer.copy(args),
      move: (args) => changer.move(args),
      rename: (args) => changer.rename(args),
      subscribe: (args) => changer.subscribe(args),
      watch: (on) => touched.watch(on),
      remove: (args) => remover.remove(args),
      create: (place) => boxes.create(place),
      drop: (place) => remover.drop(place),
      clear: () => remover.clear(),
      dropOwner: (owner) => remover.dropOwner(owner),
      retain: () => null,
      index: (batch) => mail.index(batch),
      spoolLease: (wish) => spool.lease(wish),
      spoolExtend: (args) => spool.extend(args),
      spoolSettle: (args) => spool.settle(args),
      spoolRetry: (ids) => spool.retry(ids),
      spoolRemove: (ids) => spool.remove(ids),
    };
  }

  /** All of it, or none: the answers are good only when the commit was. */
  transaction(waiting: readonly Waiting[]): Answers {
    try {
      return this.#commit(waiting);
    } catch (error) {
      this.#rollback();
      const failed = asStoreError(error);
      this.#doubtful = failed.code === 'CS_LOCAL_IO';
      const freeing = failed.code === 'CS_DISK_FULL' ? waiting.filter(({ call }) => FREEING.has(call.name)) : [];
      const again = freeing.length > 0 && this.#reserve.release() ? this.transaction(freeing) : { answers: [] };
      const answered = new Set(again.answers.map(({ id }) => id));
      const rest = waiting.filter(({ call }) => !answered.has(call.id));
      const answers = [...again.answers, ...rest.map(({ call }) => ({ id: call.id, failure: told(failed) }))];
      return { ...again, answers };
    }
  }

  /** After removals, between transactions: free pages go back to the disk, some at a time. */
  tidy(waiting: readonly Waiting[]): void {
    const any = (calls: ReadonlySet<string>): boolean => waiting.some(({ call }) => calls.has(call.name));
    if (!any(FREEING) && !(this.#owed && any(ASKING))) return;
    const all = this.#owed || any(EMPTYING);
    this.#owed = !this.#shrunk(all);
    // Making room takes some, and perhaps there was none. Else another process is at work: who finds no room asks again.
    if (this.#owed && this.#reserve.release()) this.#owed = !this.#shrunk(all);
    this.#reserve.hold();
  }

  #shrunk(all: boolean): boolean {
    try {
      this.#shrink(all);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Free pages are dropped before the log is worked in: that lets the file grow for each page it does not know to be free,
   * on a full disk too. Where others are still in use a step moves them, and is written twice, so none is large.
   */
  #shrink(all: boolean): void {
    const steps = all ? [0] : Array<number>(SPARE_PAGES / STEP_PAGES).fill(STEP_PAGES);
    for (const pages of this.#spare() < SPARE_PAGES ? [] : steps) {
      this.#db.exec(`PRAGMA incremental_vacuum(${pages})`);
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    }
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Free pages inside the file. */
  #spare(): number {
    const { freelist_count: spare = 0 } = this.#db.prepare('PRAGMA freelist_count').get() as Row;
    return Number(spare);
  }

  close(): void {
    this.#db.close();
  }

  #commit(waiting: readonly Waiting[]): Answers {
    this.#cursor = undefined;
    this.#settle();
    const light = waiting.every(({ call }) => LIGHT.has(call.name));
    this.#sync(light ? 'NORMAL' : SYNCHRONOUS[data.durability]);
    this.#db.exec('BEGIN IMMEDIATE');
    this.#mail.begin();
    const answers = waiting.map((one) => this.#answer(one));
    this.#mail.settle();
    const evicted = waiting.some(({ call }) => ARRIVING.has(call.name)) ? this.#retain() : [];
    this.#facts.trim();
    const stirred = this.#touched.take();
    this.#db.exec('COMMIT');
    if (!light) this.#file.check();
    return {
      answers,
      ...(this.#cursor !== undefined && { cursor: this.#cursor }),
      ...(stirred.length > 0 && { stirred }),
      ...(evicted.length > 0 && { evicted }),
    };
  }

  /** The files of what went. */
  #retain(): readonly string[] {
    const { count, blobs } = this.#remover.retain(data.keeping);
    if (count > 0) this.#cursor = this.#facts.add(evictedFact(count));
    return blobs;
  }

  /** A refusal is one call's own affair, as it comes before the call has written anything. */
  #answer({ call, octets }: Waiting): Answer {
    try {
      if (call.name !== 'store') this.#mail.settle();
      const handler = this.#handlers[call.name as keyof WriterCalls] as (args: unknown, octets: Uint8Array) => unknown;
      return { id: call.id, value: handler(call.args, octets) };
    } catch (error) {
      if (error instanceof CsError) return { id: call.id, failure: told(error) };
      throw error;
    }
  }

  #sync(level: string): void {
    const wanted = data.durability === 'none' ? 'OFF' : level;
    if (wanted === this.#synchronous) return;
    this.#db.exec(`PRAGMA synchronous = ${wanted}`);
    this.#synchronous = wanted;
  }

  /** After a failed sync the log is not trusted: everything in it goes into the database proper before more is promised. */
  #settle(): void {
    if (!this.#doubtful) return;
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#doubtful = false;
  }

  #rollback(): void {
    this.#touched.forget();
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back already: it does so by itself when the disk is full.
    }
  }
}

function told(error: CsError): { code: CsError['code']; message: string; hint: string | undefined } {
  return { code: error.code, message: error.message, hint: error.hint };
}

function* unpacked({ calls, data: octets }: Posting): Generator<Waiting> {
  for (const call of calls) yield { call, octets: new Uint8Array(octets, call.at, call.length) };
}

/** Nobody wakes it: this thread has nothing else to do while it waits. */
const PILLOW = new Int32Array(new SharedArrayBuffer(4));
/** Calls of the last transaction that somebody waited for. */
let last = 0;

function write(writer: Writer, port: MessagePort, queue: Waiting[]): void {
  const inflow = {
    take: () => awaited(receive(port, queue)),
    sleep: (ms: number) => void Atomics.wait(PILLOW, 0, 0, ms),
  };
  while (queue.length > 0) {
    if (isClose(queue[0])) {
      close(writer, port, queue);
      return;
    }
    const waited = awaited(queue);
    if (waited > 0) gather(waited, last, inflow);
    const batch = queue.splice(0, batchLength(queue));
    last = awaited(batch) || last;
    const answers = writer.transaction(batch);
    // Before the answer: who removes something may count on the room.
    writer.tidy(batch);
    port.postMessage(answers);
    receive(port, queue);
  }
}

function batchLength(queue: readonly Waiting[]): number {
  let length = 0;
  let octets = 0;
  while (length < Math.min(queue.length, CALLS) && octets < OCTETS && !isClose(queue[length])) {
    octets += queue[length]!.octets.length;
    length += 1;
  }
  return length;
}

function isClose(waiting: Waiting | undefined): boolean {
  return waiting?.call.name === 'close';
}

/** What came before it has been answered; nothing comes after it. */
function close(writer: Writer, port: MessagePort, queue: Waiting[]): void {
  writer.close();
  port.postMessage({ answers: queue.splice(0).map(({ call }) => ({ id: call.id })) } satisfies Answers);
}

/** Those behind which a client waits. */
function awaited(queue: readonly Waiting[]): number {
  let count = 0;
  for (const { call } of queue) if (!LIGHT.has(call.name)) count += 1;
  return count;
}

/** Everything that has arrived joins the queue. */
function receive(port: MessagePort, queue: Waiting[]): readonly Waiting[] {
  for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
    queue.push(...unpacked(more.message as Posting));
  }
  return queue;
}

async function run(port: MessagePort): Promise<void> {
  let writer: Writer | CsError;
  try {
    const Sqlite = await loadSqlite();
    writer = new Writer(new Sqlite(data.file));
  } catch (error) {
    writer = asStoreError(error);
  }
  port.on('message', (first: Posting) => {
    const queue = [...unpacked(first)];
    receive(port, queue);
    if (!(writer instanceof CsError)) {
      write(writer, port, queue);
      return;
    }
    const failure = told(writer);
    const answers = queue.map((one) => (isClose(one) ? { id: one.call.id } : { id: one.call.id, failure }));
    port.postMessage({ answers } satisfies Answers);
  });
}

if (parentPort) await run(parentPort);
