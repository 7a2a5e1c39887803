import { setTimeout as sleep } from 'node:timers/promises';
import type { FileDraft } from '../../../contracts/file-draft.ts';
import type { FileTree, OpenFile } from '../../../contracts/files.ts';
import { CsError, type ErrorCode } from '../../../kit/errors.ts';
import { createReplyFaults, type ReplyFault, type ReplyFaults, seeded } from '../../../kit/faults.ts';
import { parseDuration, parseSize } from '../../../kit/units.ts';
import type { FileWrap } from './house.ts';
import { over } from './over.ts';

/** What a fault may be made of, as the system would call it. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  enospc: 'CS_DISK_FULL',
  edquot: 'CS_QUOTA',
  eio: 'CS_LOCAL_IO',
  eacces: 'CS_DENIED',
  enoent: 'CS_NOT_FOUND',
  ebusy: 'CS_BUSY',
};
const WHERE = ['stat', 'list', 'open', 'read', 'write', 'commit', 'makedir', 'remove', 'rename', 'copy'];
const DEFAULT: Readonly<Record<string, string>> = { write: 'enospc' };

/**
 * `write:5%` one chunk in twenty finds the disk full, `commit:1` the first commit fails (EIO), `open:2:ebusy`,
 * `read:1:cut-4096` a reader gets 4,096 octets and then an error, `read:5%:flip` one bit is another one,
 * `stat:100%:delay-200ms`. Throws `CS_USAGE`.
 */
export function fileFaults(faults: readonly ReplyFault[], seed = 1): FileWrap {
  for (const { command, code = '' } of faults) {
    if (!WHERE.includes(command)) throw usage(`no such call: ${command}`, `one of ${WHERE.join(' ')}`);
    if (code !== '') effect(code.toLowerCase());
  }
  const strikes = createReplyFaults(faults, seed);
  const random = seeded(seed + 1);
  return (tree) => faulty(tree, strikes, random);
}

type Effect = { readonly code: ErrorCode } | { readonly delay: number } | { readonly cut: number } | 'flip';

function effect(word: string): Effect {
  const code = Object.hasOwn(CODES, word) ? CODES[word] : undefined;
  if (code !== undefined) return { code };
  if (word === 'flip') return 'flip';
  const [, kind, amount = ''] = /^(delay|cut)-(\w+)$/.exec(word) ?? [];
  if (kind === 'delay') return { delay: parseDuration(amount) };
  if (kind === 'cut') return { cut: parseSize(amount) };
  throw usage(`no such fault of a file: ${word}`, `${Object.keys(CODES).join(' ')} delay-200ms cut-4k flip`);
}

function usage(message: string, hint: string): CsError {
  return new CsError('CS_USAGE', message, { hint });
}

function faulty(tree: FileTree, strikes: ReplyFaults, random: () => number): FileTree {
  const drawn = (call: string): Effect | undefined => {
    const fault = strikes(call);
    return fault && effect((fault.code ?? DEFAULT[call] ?? 'eio').toLowerCase());
  };
  const meet = async (call: string): Promise<void> => suffer(drawn(call), call);
  const before = <A extends unknown[], R>(call: string, method: ((...args: A) => Promise<R>) | undefined) =>
    method &&
    (async (...args: A): Promise<R> => {
      await meet(call);
      return method.apply(tree, args);
    });
  return over(tree, {
    stat: before('stat', tree.stat) as FileTree['stat'],
    list: async function* (path, signal) {
      await meet('list');
      yield* tree.list(path, signal);
    },
    open: async (path, signal, known) => {
      await meet('open');
      return faultyFile(await tree.open(path, signal, known), drawn, random);
    },
    write:
      tree.write &&
      (async (path, order, signal) => {
        await meet('open');
        return faultyDraft((await tree.write?.(path, order, signal)) as FileDraft, drawn);
      }),
    makeDir: before('makedir', tree.makeDir),
    remove: before('remove', tree.remove),
    rename: before('rename', tree.rename),
    copy: before('copy', tree.copy),
    // What is cached cannot fail.
    peek: undefined,
  });
}

async function suffer(one: Effect | undefined, call: string): Promise<void> {
  if (one === undefined || one === 'flip' || 'cut' in one) return;
  if ('delay' in one) await sleep(one.delay);
  else throw new CsError(one.code, `a fault on purpose: ${call}`);
}

function faultyFile(file: OpenFile, drawn: (call: string) => Effect | undefined, random: () => number): OpenFile {
  return {
    facts: file.facts,
    // Without `readAt`, so that every octet comes this way.
    async *read(range) {
      const one = drawn('read');
      await suffer(one, 'read');
      let left = one !== undefined && one !== 'flip' && 'cut' in one ? one.cut : Number.POSITIVE_INFINITY;
      for await (const chunk of file.read(range)) {
        if (chunk.length > left) {
          if (left > 0) yield chunk.subarray(0, left);
          throw new CsError('CS_LOCAL_IO', 'a fault on purpose: read');
        }
        left -= chunk.length;
        yield one === 'flip' ? flipped(chunk, random) : chunk;
      }
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function flipped(chunk: Uint8Array, random: () => number): Uint8Array {
  const copy = Buffer.from(chunk);
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return copy;
}

function faultyDraft(draft: FileDraft, drawn: (call: string) => Effect | undefined): FileDraft {
  return {
    get length() {
      return draft.length;
    },
    write(chunk) {
      const one = drawn('write');
      return one === undefined ? draft.write(chunk) : suffer(one, 'write').then(() => draft.write(chunk));
    },
    async commit(attributes) {
      try {
        await suffer(drawn('commit'), 'commit');
      } catch (error) {
        await draft.abort();
        throw error;
      }
      return draft.commit(attributes);
    },
    abort: (how) => draft.abort(how),
  };
}
