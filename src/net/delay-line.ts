import { performance } from 'node:perf_hooks';

/** What a hook says about a piece of bytes: let it pass, hold it this many milliseconds, lose it, or reset. */
export type Verdict = undefined | number | 'drop' | 'reset';

/** One filter's view of a conversation's bytes. A missing method costs nothing. */
export interface StreamHook {
  inbound?(chunk: Uint8Array): Verdict;
  outbound?(chunk: Uint8Array): Verdict;
  /** Largest piece that is judged at once. */
  readonly piece?: number;
  /** Something that is not bytes: TLS began. */
  note?(text: string): void;
  close?(): void;
}

interface LineEnds {
  readonly emit: (chunk: Uint8Array) => void;
  readonly reset: () => void;
  /** Held bytes have left. */
  readonly progress: () => void;
}

/** One direction: every piece passes the hooks, waits as long as they say, and leaves in order. */
export class DelayLine {
  readonly #judges: readonly ((chunk: Uint8Array) => Verdict)[];
  readonly #piece: number;
  readonly #ends: LineEnds;
  #queue: { readonly due: number; readonly chunk: Uint8Array }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #after: (() => void) | undefined;
  #closed = false;
  held = 0;

  constructor(hooks: readonly StreamHook[], direction: 'inbound' | 'outbound', ends: LineEnds) {
    this.#judges = hooks.flatMap((hook) => (hook[direction] ? [hook[direction].bind(hook)] : []));
    this.#piece = Math.min(...hooks.map((hook) => hook.piece ?? Number.POSITIVE_INFINITY));
    this.#ends = ends;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#closed; at += this.#piece) {
      this.#judge(this.#piece >= chunk.length ? chunk : chunk.subarray(at, at + this.#piece));
    }
  }

  /** Once everything held has left. */
  after(then: () => void): void {
    if (this.#queue.length === 0) then();
    else this.#after = then;
  }

  /** Empty the line and close it; gives back what it held. */
  take(): Uint8Array[] {
    clearTimeout(this.#timer);
    this.#closed = true;
    const chunks = this.#queue.map((item) => item.chunk);
    this.#queue = [];
    this.held = 0;
    return chunks;
  }

  #judge(chunk: Uint8Array): void {
    let hold = 0;
    for (const judge of this.#judges) {
      const verdict = judge(chunk);
      if (verdict === 'drop') return;
      if (verdict === 'reset') {
        this.take();
        this.#ends.reset();
        return;
      }
      hold = Math.max(hold, verdict ?? 0);
    }
    if (hold <= 0 && this.#queue.length === 0) this.#ends.emit(chunk);
    else this.#hold(chunk, performance.now() + hold);
  }

  #hold(chunk: Uint8Array, due: number): void {
    this.#queue.push({ due, chunk });
    this.held += chunk.length;
    if (this.#queue.length === 1) this.#wait();
  }

  #wait(): void {
    const [first] = this.#queue;
    if (first) this.#timer = setTimeout(() => this.#release(), Math.max(0, Math.ceil(first.due - performance.now())));
  }

  #release(): void {
    const now = performance.now();
    while (!this.#closed && this.#queue[0] && this.#queue[0].due <= now) {
      const { chunk } = this.#queue.shift()!;
      this.held -= chunk.length;
      this.#ends.emit(chunk);
    }
    if (this.#closed) return;
    this.#ends.progress();
    if (this.#queue.length > 0) this.#wait();
    else this.#after?.();
  }
}
