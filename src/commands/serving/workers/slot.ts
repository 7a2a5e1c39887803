/** The place of one worker: who is in it now, and what was counted in it. */
import cluster, { type Worker } from 'node:cluster';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { CsError, type ErrorCode } from '../../../kit/errors.ts';
import { Backoff } from './backoff.ts';
import { type Calls, Channel, type Message } from './channel.ts';
import type { Counts, Listens, Report } from './orders.ts';

export interface Death {
  readonly slot: Slot;
  readonly pid: number;
  readonly how: string;
  /** Milliseconds until another one is started; undefined: none will be. */
  readonly wait: number | undefined;
}

export interface SlotConfig {
  /** Answers to what a worker asks, beside those of the slot itself. */
  readonly calls: (slot: Slot) => Calls;
  readonly died: (death: Death) => void;
}

const NONE: Counts = { connections: 0, accepted: 0, refused: 0, failed: 0 };

export class Slot {
  readonly #config: SlotConfig;
  readonly #backoff = new Backoff();
  #worker: Worker | undefined;
  #channel: Channel | undefined;
  #report: Report = { doors: {}, parts: {} };
  /** Of those who were here before. */
  readonly #before = new Map<string, Counts>();
  #ending = false;
  #gone: Promise<void> = Promise.resolve();

  constructor(config: SlotConfig) {
    this.#config = config;
  }

  get pid(): number | undefined {
    return this.#worker?.process.pid;
  }

  /** What it counted last; a worker that takes a place goes on from there. */
  get parts(): Report['parts'] {
    return this.#report.parts;
  }

  counts(door: string): Counts {
    const [now, before] = [this.#report.doors[door] ?? NONE, this.#before.get(door) ?? NONE];
    return {
      connections: now.connections,
      accepted: now.accepted + before.accepted,
      refused: now.refused + before.refused,
      failed: now.failed + before.failed,
    };
  }

  /** Resolves once it listens; throws what kept it from that. */
  start(): Promise<readonly Listens[]> {
    const started = performance.now();
    const worker = cluster.fork();
    this.#worker = worker;
    for (const [from, to] of [
      [worker.process.stdout, process.stdout],
      [worker.process.stderr, process.stderr],
    ] as const) {
      wholeLines(from, to);
    }
    return new Promise((resolve, reject) => {
      const channel = new Channel((message) => void worker.send(message, () => {}), {
        ...this.#config.calls(this),
        listening: (listens: readonly Listens[]) => resolve(listens),
        failed: ({ code, message, hint }: { code: ErrorCode; message: string; hint?: string }) =>
          reject(new CsError(code, message, hint === undefined ? {} : { hint })),
        report: (report: Report) => {
          this.#report = report;
        },
      });
      this.#channel = channel;
      worker.on('message', (message: Message) => channel.receive(message));
      // A pipe to a process that is about to go breaks; its exit says so.
      worker.on('error', () => {});
      this.#gone = new Promise((gone) => {
        worker.once('exit', (code, signal) => {
          channel.end();
          this.#channel = undefined;
          this.#worker = undefined;
          reject(new CsError('CS_FAILED', 'a worker ended before it listened'));
          this.#died(worker.process.pid ?? 0, signal ?? `exit ${code}`, performance.now() - started);
          gone();
        });
      });
    });
  }

  /** Undefined where nobody is there who could answer. */
  async ask<T>(name: string, value?: unknown): Promise<T | undefined> {
    return this.#channel?.ask<T>(name, value).catch(() => undefined);
  }

  /** Asks for the numbers of this moment. */
  async refresh(): Promise<void> {
    this.#report = (await this.ask<Report>('report')) ?? this.#report;
  }

  /** Resolves when it is gone; one that does not go of itself is ended. */
  async drain(grace: number): Promise<void> {
    this.#ending = true;
    void this.ask('drain', grace);
    const worker = this.#worker;
    const timer = setTimeout(() => worker?.process.kill('SIGKILL'), grace + LAST);
    await this.#gone;
    clearTimeout(timer);
  }

  #died(pid: number, how: string, lived: number): void {
    for (const door of Object.keys(this.#report.doors))
      this.#before.set(door, { ...this.counts(door), connections: 0 });
    this.#report = { doors: {}, parts: this.#report.parts };
    this.#config.died({ slot: this, pid, how, wait: this.#ending ? undefined : this.#backoff.afterDeath(lived) });
  }
}

/** Milliseconds beyond the grace in which a worker must be gone. */
const LAST = 3000;

/** Of several writers no two share a line. */
function wholeLines(from: Readable | null, to: Writable): void {
  if (from) createInterface({ input: from }).on('line', (line) => to.write(`${line}\n`));
}
