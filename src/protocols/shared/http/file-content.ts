/** A file as content: read in large pieces straight into what is written, never as a whole. */
import type { Writable } from 'node:stream';
import type { OpenFile } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import type { Pace } from './body.ts';
import type { Span } from './range.ts';
import { borrow, forsake, giveBack, LARGEST, readLane, SMALLEST } from './read-buffers.ts';

/** A write that took less (ms) may be followed by a larger one; one that took longer makes the next smaller. */
const QUICK = 50;
const SLOW = 1000;

/** Whoever is given it writes it or disposes of it; either closes the file. */
export class FileContent implements AsyncDisposable {
  readonly length: number;
  readonly #file: OpenFile;
  readonly #parts: readonly (Uint8Array | Span)[];

  /** @param parts octets as they are, and spans of the file, in order */
  constructor(file: OpenFile, parts: readonly (Uint8Array | Span)[]) {
    this.#file = file;
    this.#parts = parts;
    this.length = parts.reduce((sum, part) => sum + octetsOf(part), 0);
  }

  /**
   * Resolves to the octets written when the last of them may be forgotten, or the stream is gone. Throws `CS_CHANGED`.
   * @param largest octets of one write
   */
  async writeTo(stream: Writable, pace: Pace, minimumRate: number, largest = LARGEST): Promise<number> {
    await using file = this.#file;
    const pump = new Pump(stream, pace, minimumRate, largest);
    try {
      for (const part of this.#parts) {
        if (part instanceof Uint8Array) pump.write(part);
        else if (file.readAt) await pump.fill(file.readAt.bind(file), part);
        else for await (const chunk of file.read(part)) if (!(await pump.pass(chunk))) break;
        if (stream.destroyed) break;
      }
      await pump.settled();
    } finally {
      pump.release();
    }
    return pump.octets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

function octetsOf(part: Uint8Array | Span): number {
  return part instanceof Uint8Array ? part.length : part.end - part.start;
}

/** Powers of two, so that buffers fit others. */
function sizeFor(octets: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(octets, SMALLEST / 16)));
}

/** While one buffer is on its way out the other is filled. */
class Pump {
  octets = 0;
  readonly #stream: Writable;
  readonly #pace: Pace;
  readonly #rate: number;
  readonly #largest: number;
  #size: number;
  /** Ends when the newest write was taken. */
  #sent: Promise<void> = Promise.resolve();
  readonly #buffers: (Buffer | undefined)[] = [];
  #turn = 1;
  /** Of the newest write: a stream that is gone does not always say so to whoever wrote. */
  #taken = (): void => {};
  readonly #closed = (): void => this.#taken();

  constructor(stream: Writable, pace: Pace, rate: number, largest: number) {
    this.#stream = stream;
    this.#pace = pace;
    this.#largest = largest;
    this.#size = Math.min(SMALLEST, largest);
    this.#rate = rate;
    stream.on('close', this.#closed);
  }

  /** Begins to write; the octets are the stream's until `settled`. */
  write(bytes: Uint8Array): void {
    const began = performance.now();
    this.#pace.deadline(0, this.#rate);
    this.#sent = new Promise((resolve) => {
      if (this.#stream.destroyed) return resolve();
      this.#taken = resolve;
      this.#stream.write(bytes, () => {
        const took = performance.now() - began;
        if (took < QUICK) this.#size = Math.min(this.#largest, this.#size * 4);
        else if (took > SLOW) this.#size = Math.max(SMALLEST / 16, this.#size / 2);
        resolve();
      });
    });
    this.octets += bytes.length;
  }

  /** Octets that are ours to keep, one piece after the other. False: nobody takes them any more. */
  async pass(chunk: Uint8Array): Promise<boolean> {
    await this.#sent;
    this.write(chunk);
    return !this.#stream.destroyed;
  }

  async fill(readAt: NonNullable<OpenFile['readAt']>, { start, end }: Span): Promise<void> {
    for (let at = start; at < end && !this.#stream.destroyed; ) {
      const into = this.#next(end - at).subarray(0, Math.min(this.#size, end - at));
      const count = await readLane(() => readAt(into, at));
      if (count === 0) throw new CsError('CS_CHANGED', 'the file became shorter while it was sent');
      at += count;
      await this.#sent;
      this.write(into.subarray(0, count));
    }
  }

  async settled(): Promise<void> {
    await this.#sent;
    this.#pace.deadline(0);
  }

  /** The stream has nothing of ours any more, or is gone. */
  release(): void {
    // What was cut may still be held by the system: such buffers go to the collector.
    this.#stream.off('close', this.#closed);
    const leave = this.#stream.destroyed ? forsake : giveBack;
    for (const buffer of this.#buffers.splice(0)) if (buffer) leave(buffer);
  }

  /** The one that is not on its way out. */
  #next(left: number): Buffer {
    this.#turn ^= 1;
    const buffer = this.#buffers[this.#turn] ?? borrow(sizeFor(Math.min(this.#largest, left)));
    this.#buffers[this.#turn] = buffer;
    return buffer;
  }
}
