import { Worker } from 'node:worker_threads';
import { CsError } from '../../kit/errors.ts';
import type { Answers, Posted, Posting, ThreadData } from './calls.ts';

type AnyCalls<C> = { readonly [K in keyof C]: { readonly args: unknown; readonly result: unknown } };

export interface CallOptions {
  /** Go along; they must not change until the call has left. */
  readonly octets?: readonly Uint8Array[];
  /** `now`: at the end of this turn. `soon`: with the next that goes, at the latest after `SOON`. */
  readonly when?: 'now' | 'soon';
}

/** Milliseconds. A posting costs as much as what most of them say. */
const SOON = 5;

/** What came with answers: it happened, whoever asked. */
export type News = Omit<Answers, 'answers'>;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CsError) => void;
}

/**
 * A database thread as seen from outside. Calls of one turn of the event loop travel together; the thread keeps the
 * process alive only while it owes an answer.
 */
export class Thread<C extends AnyCalls<C>> {
  readonly #name: 'writer' | 'reader';
  readonly #data: ThreadData;
  #started: Worker | undefined;
  readonly #told: (news: News) => void;
  readonly #waiting = new Map<number, Waiting>();
  #turn: { posted: Posted[]; octets: Uint8Array[]; length: number } | undefined;
  #leaving: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #lastId = 0;
  #closing = false;
  #gone: CsError | undefined;

  /** @param name the thread's own file, without its ending: it is a `.ts` in the source and a `.js` when built */
  constructor(name: 'writer' | 'reader', data: ThreadData, told: (news: News) => void = () => {}) {
    this.#name = name;
    this.#data = data;
    this.#told = told;
  }

  call<K extends keyof C & string>(
    name: K,
    args: C[K]['args'],
    { octets = [], when = 'now' }: CallOptions = {},
  ): Promise<C[K]['result']> {
    if (this.#gone) return Promise.reject(this.#gone);
    this.#turn ??= { posted: [], octets: [], length: 0 };
    const turn = this.#turn;
    if (when === 'now') this.#leaving ??= setImmediate(() => this.#post());
    else if (!this.#leaving) this.#later ??= setTimeout(() => this.#post(), SOON);
    const id = ++this.#lastId;
    const at = turn.length;
    for (const chunk of octets) {
      turn.octets.push(chunk);
      turn.length += chunk.length;
    }
    turn.posted.push({ id, name, args, at, length: turn.length - at });
    if (this.#waiting.size === 0) this.#worker().ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  /** Whether it is working on something. */
  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  /** Waits for what is under way; nothing can be called after. */
  async close(): Promise<void> {
    if (this.#gone || !this.#started) return;
    this.#closing = true;
    await this.call('close' as keyof C & string, null).catch(() => {});
    await this.#started.terminate();
  }

  /** Started by its first call: a thread that nobody needs costs nothing. */
  #worker(): Worker {
    if (this.#started) return this.#started;
    const worker = start(this.#name, this.#data);
    worker.unref();
    worker.on('message', (answers: Answers) => this.#receive(answers));
    worker.on('error', (error) => this.#end(`the ${this.#name} thread of the store failed: ${error.message}`));
    worker.on('exit', () => this.#end(`the ${this.#name} thread of the store has ended`));
    this.#started = worker;
    return worker;
  }

  #post(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    this.#leaving = undefined;
    clearTimeout(this.#later);
    this.#later = undefined;
    if (!turn || this.#gone) return;
    const data = new ArrayBuffer(turn.length);
    const whole = new Uint8Array(data);
    let at = 0;
    for (const chunk of turn.octets) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.#worker().postMessage({ calls: turn.posted, data } satisfies Posting, [data]);
  }

  #receive({ answers, ...news }: Answers): void {
    for (const { id, value, failure } of answers) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure) waiting?.reject(new CsError(failure.code, failure.message, { hint: failure.hint }));
      else waiting?.resolve(value);
    }
    // While it ends nothing else may keep the process, and who closes it is to hear of its end.
    if (this.#waiting.size === 0 && !this.#closing) this.#worker().unref();
    if (Object.keys(news).length > 0) this.#told(news);
  }

  #end(message: string): void {
    this.#gone ??= new CsError('CS_LOCAL_IO', message);
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}

/** From the source a thread needs the loader that its parent runs on; tsx does not pass itself on. */
const FROM_SOURCE = `
  const { workerData } = require('node:worker_threads');
  const { entry, tsx } = workerData;
  import(tsx).then(({ register }) => { register(); return import(entry); });
`;

/** MiB: what a thread makes is short-lived and small, and a young heap that may grow is never given back. */
const YOUNG = { maxYoungGenerationSizeMb: 6 };

/** Set by scripts/build.js, where this stands in `chunks/` and a thread's file still under its own name. */
declare const CS_BUNDLED: boolean | undefined;

function start(name: 'writer' | 'reader', data: ThreadData): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    const file = typeof CS_BUNDLED === 'undefined' ? `./${name}.js` : `../stores/embedded/${name}.js`;
    return new Worker(new URL(file, import.meta.url), { workerData: data, resourceLimits: YOUNG });
  }
  const entry = new URL(`./${name}.ts`, import.meta.url).href;
  const tsx = import.meta.resolve('tsx/esm/api');
  return new Worker(FROM_SOURCE, { eval: true, workerData: { ...data, entry, tsx } });
}
