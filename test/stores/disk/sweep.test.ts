import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stageKey } from '../../../src/stores/disk/own-names.ts';
import { PROCESS_TAG } from '../../../src/stores/shared/process-tag.ts';
import { at, names, octets, required, store } from '../../conformance/file-tree-harness.ts';
import { diskPlace, openDisk } from './place.ts';

/** A part that looks as if a process made it that is gone. */
function deadPart(key = ''): string {
  const [where] = PROCESS_TAG.split('.');
  return `.cs-part-${where}.4194303.1.0123456789abcdef01${key && `.${key}`}`;
}

test('what a dead process left is swept at the next start, what a living one is writing is not', async () => {
  await using place = await diskPlace();
  const draft = await required(place.tree, 'write')(at('/file'), { mode: 'new' });
  await draft.write(octets(10));
  const staging = join(place.dir, '.cs-staging');
  writeFileSync(join(staging, deadPart()), 'left');
  await using second = await openDisk(place.dir);
  assert.equal(readdirSync(staging).length, 1);
  await draft.commit();
  assert.deepEqual(await names(second.tree), ['file']);
});

test('a stage is kept over a restart, and one that is a day old is not', async () => {
  await using place = await diskPlace();
  for (const name of ['young', 'old']) {
    const draft = await required(place.tree, 'write')(at(`/${name}`), { mode: 'new', stage: 's' });
    await draft.write(octets(5));
    await draft.abort({ keep: true });
  }
  const staging = join(place.dir, '.cs-staging');
  const dayAgo = Date.now() / 1000 - 24 * 3600 - 1;
  utimesSync(join(staging, `.cs-kept-${stageKey('/old', 's')}`), dayAgo, dayAgo);
  assert.equal(await required(place.tree, 'staged')(at('/old'), 's'), undefined);
  await using second = await openDisk(place.dir);
  assert.equal((await required(second.tree, 'staged')(at('/young'), 's'))?.length, 5);
  assert.equal(readdirSync(staging).length, 2, 'the octets of one, and whose they are');
});

test('a stage that a dead process was going on with is put back, as long as it was when it was kept', async () => {
  await using place = await diskPlace();
  const draft = await required(place.tree, 'write')(at('/file'), { mode: 'new', stage: 's' });
  await draft.write(Buffer.from('12345'));
  await draft.abort({ keep: true });
  const staging = join(place.dir, '.cs-staging');
  const key = stageKey('/file', 's');
  renameSync(join(staging, `.cs-kept-${key}`), join(staging, deadPart(key)));
  appendFileSync(join(staging, deadPart(key)), 'perhaps not on the disk');
  await using second = await openDisk(place.dir);
  assert.equal((await required(second.tree, 'staged')(at('/file'), 's'))?.length, 5);
  await store(second.tree, '/file', '678', { mode: 'new', stage: 's', offset: 5 });
  assert.equal((await second.tree.stat(at('/file'))).size, 8);
});

test('parts beside their name are swept when the directory is next written to', async () => {
  await using place = await diskPlace({ staging: 'beside' });
  writeFileSync(join(place.dir, deadPart()), 'left');
  await store(place.tree, '/file', 'x');
  assert.deepEqual(readdirSync(place.dir), ['file']);
});

test('the staging directory goes when nothing is in it', async () => {
  await using place = await diskPlace();
  const opened = await openDisk(place.dir);
  await store(opened.tree, '/file', 'x');
  await opened[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(place.dir), ['file']);
});
