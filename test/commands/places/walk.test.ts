/** A far tree may be as hostile as an archive: what comes of it is bounded, and each thing comes once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOperand } from '../../../src/commands/places/operand.ts';
import type { FilePlace } from '../../../src/commands/places/place.ts';
import { sortedList, walk } from '../../../src/commands/places/walk.ts';
import type { FileEntry, FileTree } from '../../../src/contracts/files.ts';
import { fileName, showPath } from '../../../src/kit/file-path.ts';

const LIMIT = { timeout: 60_000 };
const { signal } = new AbortController();

const entry = (name: string, kind: FileEntry['kind'] = 'file', tag = ''): FileEntry => ({
  name: fileName(name),
  kind,
  size: kind === 'file' ? 1 : 0,
  modified: 0,
  tag,
});

function listing(list: FileTree['list']): FilePlace {
  const never = () => assert.fail('nothing is opened');
  return {
    tree: { stat: never, open: never, list },
    path: [],
    operand: parseOperand('ftp://far.test/'),
    home: 'far',
    local: false,
    isLink: () => false,
    unnamed: () => [],
    show: showPath,
  };
}

async function walked(place: FilePlace): Promise<string[]> {
  const found: string[] = [];
  const start = { path: [], facts: { kind: 'directory', size: 0, modified: 0, tag: 'top' } } as const;
  const failed = (_path: unknown, error: unknown) => Promise.reject(error);
  for await (const { path } of walk(place, start, { signal, seen: () => {}, links: true, failed })) {
    found.push(showPath(path));
  }
  return found;
}

test('PA-11 a name that is listed twice comes once', async () => {
  const twice = listing(async function* () {
    yield* ['b', 'a', 'b', 'a', 'b'].map((name) => entry(name));
  });
  assert.deepEqual(await walked(twice), ['/a', '/b']);
});

test('PA-11 a directory that holds itself is entered once', async () => {
  const loop = listing(async function* (path) {
    yield entry('file');
    yield entry('loop', 'directory', path.length === 0 ? 'inner' : 'top');
  });
  assert.deepEqual(await walked(loop), ['/file', '/loop', '/loop/file', '/loop/loop']);
});

test('PA-11 entries without end are CS_LIMIT', LIMIT, async () => {
  const one = entry('x');
  const endless = listing(async function* () {
    for (;;) yield one;
  });
  await assert.rejects(sortedList(endless.tree, [], signal), { code: 'CS_LIMIT', exit: 15 });
});
