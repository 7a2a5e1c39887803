import { setTimeout as sleep } from 'node:timers/promises';
import type { FileDraft } from '../../../contracts/file-draft.ts';
import type { OpenFile } from '../../../contracts/files.ts';
import type { FileWrap } from './house.ts';
import { over } from './over.ts';

export interface Pace {
  /** Milliseconds, of a clock that only goes on. */
  now(): number;
  wait(ms: number): Promise<unknown>;
}

const REAL: Pace = { now: () => performance.now(), wait: (ms) => sleep(ms) };
/** Octets to read at a time are a fifth of a second's worth, so that a slow line drips instead of lurching. */
const PIECE = 0.2;

/** At most so many octets a second for each session, reading and writing together. */
export function throttle(rate: number, pace: Pace = REAL): FileWrap {
  return (tree) => {
    let free = 0;
    /** Undefined when the octets may go at once. */
    const pay = (octets: number): Promise<unknown> | undefined => {
      const now = pace.now();
      const from = Math.max(now, free);
      free = from + (octets * 1000) / rate;
      return from > now ? pace.wait(from - now) : undefined;
    };
    const piece = Math.max(1, Math.ceil(rate * PIECE));
    const { write } = tree;
    return over(tree, {
      open: async (path, signal, known) => slowFile(await tree.open(path, signal, known), pay, piece),
      write: write && (async (path, order, signal) => slowDraft(await write.call(tree, path, order, signal), pay)),
    });
  };
}

type Pay = (octets: number) => Promise<unknown> | undefined;

function slowFile(file: OpenFile, pay: Pay, piece: number): OpenFile {
  const { readAt } = file;
  return {
    facts: file.facts,
    async *read(range) {
      for await (const chunk of file.read(range)) {
        for (let from = 0; from < chunk.length; from += piece) {
          const part = chunk.subarray(from, from + piece);
          await pay(part.length);
          yield part;
        }
      }
    },
    ...(readAt && {
      async readAt(into: Uint8Array, position: number) {
        const count = await readAt.call(file, into.subarray(0, piece), position);
        await pay(count);
        return count;
      },
    }),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function slowDraft(draft: FileDraft, pay: Pay): FileDraft {
  return {
    get length() {
      return draft.length;
    },
    write(chunk) {
      const turn = pay(chunk.length);
      const taken = draft.write(chunk);
      return turn === undefined ? taken : turn.then(() => taken);
    },
    commit: (attributes) => draft.commit(attributes),
    abort: (how) => draft.abort(how),
  };
}
