import type { MessageIndex } from '../../contracts/mail.ts';
import type { ScanBatch } from './calls.ts';

interface Added {
  readonly uid: number;
  readonly row: {
    readonly message: number;
    readonly size: number;
    readonly received_at: string;
    readonly saved_at: number;
  };
  readonly header: Uint8Array | false | undefined;
  readonly content: Uint8Array | false | undefined;
  readonly texts: readonly string[];
}

/** Gathers a batch of a scan as it crosses between threads: few objects, however many messages. */
export class ScanColumns {
  readonly #wanted: readonly (keyof MessageIndex)[];
  readonly #rows: Added[] = [];
  #length = 0;

  constructor(wanted: readonly (keyof MessageIndex)[]) {
    this.#wanted = wanted;
  }

  /** Octets that it takes. */
  add(added: Added): number {
    this.#rows.push(added);
    const octets = (added.header || NOTHING).length + (added.content || NOTHING).length;
    this.#length += octets;
    return octets + added.texts.reduce((sum, text) => sum + text.length, 0);
  }

  finish(next: number | undefined): ScanBatch {
    const rows = this.#rows;
    const numbers = (of: (added: Added) => number): Float64Array => Float64Array.from(rows, of);
    const octets = new Uint8Array(this.#length);
    const put = this.#putter(octets);
    const received = numbers(({ row }) => Date.parse(row.received_at));
    return {
      next,
      uids: Uint32Array.from(rows, ({ uid }) => uid),
      ids: numbers(({ row }) => row.message),
      sizes: numbers(({ row }) => row.size),
      receivedAt: received,
      savedAt: Float64Array.from(rows, ({ row }, at) => row.saved_at || received[at]!),
      headers: Int32Array.from(rows, ({ header }) => put(header)),
      contents: Int32Array.from(rows, ({ content }) => put(content)),
      octets,
      index: Object.fromEntries(this.#wanted.map((key, at) => [key, rows.map(({ texts }) => texts[at]!)])),
    };
  }

  /** Puts octets behind those before; their length, or -1. */
  #putter(octets: Uint8Array): (some: Uint8Array | false | undefined) => number {
    let at = 0;
    return (some) => {
      if (!some) return -1;
      octets.set(some, at);
      at += some.length;
      return some.length;
    };
  }
}

const NOTHING = new Uint8Array();
