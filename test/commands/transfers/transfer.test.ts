/** One file between two trees that count as far places: proofs, resuming, ranges, attempts, limits. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { createPatience } from '../../../src/commands/places/patience.ts';
import { createPace } from '../../../src/commands/transfers/pace.ts';
import type { FileTask, Rules } from '../../../src/commands/transfers/rules.ts';
import { BLOCK, inSegments } from '../../../src/commands/transfers/segments.ts';
import { transfer } from '../../../src/commands/transfers/transfer.ts';
import type { FileTree, OpenFile } from '../../../src/contracts/files.ts';
import { CsError } from '../../../src/kit/errors.ts';
import type { FilePath } from '../../../src/kit/file-path.ts';
import type { MemoryTree } from '../../../src/stores/memory-tree/memory-tree.ts';
import { at, everything, load, store, text } from '../../conformance/file-tree-harness.ts';
import { fails, whole } from '../../conformance/harness.ts';
import { noise } from '../../property.ts';
import { hooked } from '../sync/faulty-tree.ts';
import { memory, place, rules } from '../sync/stage.ts';

const T = Date.UTC(2026, 0, 2);

async function task(from: FileTree, to: FileTree, name = 'f'): Promise<FileTask> {
  const facts = await from.stat(at(name));
  return {
    from: { place: place(from, 'from'), path: at(name) },
    to: { place: place(to, 'to'), path: at(name) },
    facts,
  };
}

async function pair(content: string | Buffer): Promise<{ from: MemoryTree; to: MemoryTree }> {
  const from = memory();
  await store(from, 'f', content, { mode: 'replace' }, { modified: T });
  return { from, to: memory() };
}

/** The same tree without some of its abilities. */
function without(tree: FileTree, ...names: (keyof FileTree)[]): FileTree {
  const kept = hooked(tree, () => {});
  const all = { ...kept, hash: tree.hash?.bind(tree), copy: tree.copy?.bind(tree) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name as keyof FileTree))) as never;
}

const run = async (one: FileTask, more: Partial<Rules> = {}) => transfer(one, { ...rules(), ...more });

describe('proof', () => {
  test('both ends make hashes: they are compared, and named', async () => {
    const { from, to } = await pair('content');
    assert.equal((await run(await task(from, to))).proof, 'sha256');
    assert.equal((await to.stat(at('f'))).modified, T);
  });

  test('one end makes none: the size; asked for all the same, the copy is read back', async () => {
    const { from, to } = await pair('content');
    const plain = without(to, 'hash');
    assert.equal((await run(await task(from, plain))).proof, 'size');
    assert.equal((await run(await task(from, plain), { verify: 'hash' })).proof, 'sha256');
    assert.equal((await run(await task(from, plain), { verify: 'none' })).proof, 'none');
  });

  test('an end that knows an older hash only', async () => {
    const { from, to } = await pair('content');
    const old = {
      ...without(to),
      hash: async (path: never, name: string) => {
        if (name !== 'md5') throw new CsError('CS_UNSUPPORTED', 'no');
        return createHash('md5')
          .update(await load(to, `/${(path as string[]).join('/')}`))
          .digest('hex');
      },
    } as unknown as FileTree;
    assert.equal((await run(await task(from, old))).proof, 'md5');
  });

  test('a copy that is not what was sent: told, and taken away', async () => {
    const { from, to } = await pair('content');
    const lying = { ...without(to), hash: async () => '0'.repeat(64) } as FileTree;
    await fails('CS_CHANGED', async () => run(await task(from, lying)));
    const flipped = { ...without(to, 'hash'), write: flipping(to) } as FileTree;
    await fails('CS_CHANGED', async () => run(await task(from, flipped), { verify: 'hash' }));
    assert.deepEqual(await everything(to), []);
  });
});

/** A medium that loses a bit. */
function flipping(to: MemoryTree): FileTree['write'] {
  return async (path, order) => {
    const draft = await to.write(path, order);
    const write = draft.write.bind(draft);
    draft.write = (chunk) => write(Buffer.from(chunk).map((octet) => octet ^ 1));
    return draft;
  };
}

describe('a file that changes', () => {
  test('case 47: longer or shorter than it was: no copy, after a second look', async () => {
    const { from, to } = await pair('content');
    let opened = 0;
    const growing = {
      ...without(from),
      async open(path: FilePath): Promise<OpenFile> {
        opened += 1;
        const file = await from.open(path);
        return {
          ...file,
          facts: { ...file.facts, size: file.facts.size + 1 },
          read: () => file.read(),
          [Symbol.asyncDispose]: async () => {},
        };
      },
    } as FileTree;
    await fails('CS_CHANGED', async () => run(await task(growing, to)));
    assert.equal(opened, 2);
    assert.deepEqual(await everything(to), []);
  });

  test('written into in place, which its length does not tell', async () => {
    const { from, to } = await pair('content');
    const restless = {
      ...without(from),
      peek: () => ({ kind: 'file', size: 7, modified: T, tag: 'another' }),
    } as FileTree;
    await fails('CS_CHANGED', async () => run(await task(restless, to)));
    assert.deepEqual(await everything(to), []);
  });
});

describe('cut and gone on with', () => {
  const content = noise(100_000);
  /** Fails at this chunk, once. */
  const cutting = (tree: FileTree, chunk: number, code: 'CS_PEER_TEMPORARY' | 'CS_CANNOT_CONNECT') => {
    let seen = 0;
    return hooked(tree, (what) => {
      if (what === 'chunk' && ++seen === chunk) throw new CsError(code, 'cut');
    });
  };
  const inPieces = (tree: FileTree): FileTree => ({
    ...without(tree),
    async open(...how: Parameters<FileTree['open']>): Promise<OpenFile> {
      const file = await tree.open(...how);
      return {
        facts: file.facts,
        async *read(range) {
          const octets = await whole(file.read(range));
          for (let from = 0; from < octets.length; from += 10_000)
            yield Buffer.from(octets.subarray(from, from + 10_000));
        },
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      };
    },
  });

  test('--continue: the next run carries only what is missing, and it is the file', async () => {
    const { from, to } = await pair(content);
    await fails('CS_CANNOT_CONNECT', async () =>
      run(await task(inPieces(from), cutting(to, 5, 'CS_CANNOT_CONNECT')), { resume: true }),
    );
    assert.deepEqual(await everything(to), []);
    const { resumed, bytes, proof } = await run(await task(inPieces(from), to), { resume: true });
    assert.deepEqual([resumed, bytes, proof], [40_000, 60_000, 'sha256']);
    assert.ok((await load(to, 'f')).equals(content));
  });

  test('of another version nothing is gone on with', async () => {
    const { from, to } = await pair(content);
    await fails('CS_CANNOT_CONNECT', async () =>
      run(await task(inPieces(from), cutting(to, 5, 'CS_CANNOT_CONNECT')), { resume: true }),
    );
    const other = noise(100_000);
    await store(from, 'f', other, { mode: 'replace' }, { modified: T + 5000 });
    assert.equal((await run(await task(inPieces(from), to), { resume: true })).resumed, 0);
    assert.ok((await load(to, 'f')).equals(other));
  });

  test('without --continue nothing is left behind', async () => {
    const { from, to } = await pair(content);
    await fails('CS_CANNOT_CONNECT', async () => run(await task(inPieces(from), cutting(to, 5, 'CS_CANNOT_CONNECT'))));
    assert.deepEqual([await everything(to), await to.stagedIn([])], [[], []]);
  });

  test('--retry tries again after what may pass, from where it was cut, and not after what will not', async () => {
    const { from, to } = await pair(content);
    const { attempts, resumed } = await run(await task(inPieces(from), cutting(to, 5, 'CS_PEER_TEMPORARY')), {
      retries: 1,
    });
    assert.deepEqual([attempts, resumed], [2, 40_000]);
    assert.ok((await load(to, 'f')).equals(content));
    const refusing = hooked(to, (what) => {
      if (what === 'commit') throw new CsError('CS_DENIED', 'never');
    });
    await fails('CS_DENIED', async () => run(await task(from, refusing), { retries: 5 }));
  });
});

describe('overwriting', () => {
  test('never, also where it comes in between; only what is older', async () => {
    const { from, to } = await pair('new');
    await store(to, 'f', 'old', { mode: 'replace' }, { modified: T + 1000 });
    assert.equal((await run(await task(from, to), { overwrite: 'never' })).action, 'skipped');
    const blind = { ...(await task(from, to)), there: null };
    assert.equal((await run(blind, { overwrite: 'never' })).action, 'skipped');
    assert.equal((await run(await task(from, to), { overwrite: 'older' })).action, 'skipped');
    assert.equal(await text(to, 'f'), 'old');
  });

  test('in one place the far end copies by itself', async () => {
    const { from } = await pair('content');
    const own = place(from, 'one');
    const facts = await from.stat(at('f'));
    const outcome = await run({ from: { place: own, path: at('f') }, to: { place: own, path: at('g') }, facts });
    assert.deepEqual([outcome.remote, outcome.proof], [true, 'sha256']);
    assert.equal(await text(from, 'g'), 'content');
  });
});

describe('ranges of one big file at once', () => {
  const size = 3 * BLOCK + 12_345;
  const content = Buffer.alloc(size, 'abcdefghijk');
  const opens = (tag = (_nth: number) => 'one') => {
    const seen = { open: 0, most: 0, disposed: 0 };
    const open = async (): Promise<OpenFile> => {
      const nth = ++seen.open;
      seen.most = Math.max(seen.most, seen.open - seen.disposed);
      return {
        facts: { kind: 'file', size, modified: T, tag: tag(nth) },
        async *read({ start = 0, end = size } = { start: 0 }) {
          for (let from = start; from < end; from += 1 << 20)
            yield content.subarray(from, Math.min(from + (1 << 20), end));
        },
        [Symbol.asyncDispose]: async () => {
          seen.disposed += 1;
        },
      };
    };
    return { open, seen };
  };

  test('in order, from anywhere, and every one is closed', async () => {
    for (const start of [0, 5, BLOCK, size - 1]) {
      const { open, seen } = opens();
      const got = await whole(inSegments(open, { start, size, count: 3 }));
      assert.ok(got.equals(content.subarray(start)), String(start));
      assert.equal(seen.open, seen.disposed);
    }
  });

  test('two versions are never mixed', async () => {
    const { open, seen } = opens((nth) => (nth === 2 ? 'two' : 'one'));
    await fails('CS_CHANGED', () => whole(inSegments(open, { start: 0, size, count: 3 })));
    assert.equal(seen.open, seen.disposed);
  });

  test('who leaves early ends the others', async () => {
    const { open, seen } = opens();
    for await (const chunk of inSegments(open, { start: 0, size, count: 2 })) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(seen.open, seen.disposed);
  });
});

test('--limit-rate: one allowance for all, a pause saves little', () => {
  let now = 0;
  const pace = createPace(1000, new AbortController().signal, () => now);
  assert.equal(pace.take(0), undefined);
  now = 1_000_000;
  assert.equal(pace.take(200), undefined);
  const held = pace.take(1);
  assert.ok(held instanceof Promise);
  return held;
});

test('--timeout counts from the last octet that moved, and not while it is spared', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let now = 0;
  using patience = createPatience(new AbortController().signal, 100, () => now);
  const pass = (ms: number): void => {
    now += ms;
    t.mock.timers.tick(ms);
  };
  let release = (): void => {};
  const spared = patience.spare(
    new Promise<void>((resolve) => {
      release = resolve;
    }),
  );
  pass(1000);
  release();
  await spared;
  pass(90);
  patience.moved();
  pass(90);
  assert.equal(patience.signal.aborted, false);
  pass(30);
  assert.equal((patience.signal.reason as CsError).code, 'CS_TIMEOUT');
});
