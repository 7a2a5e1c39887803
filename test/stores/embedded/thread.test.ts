import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaults } from '../../../src/kit/option.ts';
import type { ReaderCalls, ThreadData } from '../../../src/stores/embedded/calls.ts';
import { options } from '../../../src/stores/embedded/options.ts';
import { Thread } from '../../../src/stores/embedded/thread.ts';
import { keepingOf } from '../../../src/stores/shared/keeping.ts';
import { embedded } from './subject.ts';

test('a thread is closed to its end, though an answer comes behind its last: nothing else keeps the process', async () => {
  const { dir, close } = await embedded();
  const keeping = keepingOf(defaults(options));
  const data: ThreadData = { file: join(dir, 'store.db'), blobs: join(dir, 'blobs'), durability: 'disk', keeping };
  const thread = new Thread<ReaderCalls>('reader', data);
  const newest = thread.call('newest', null);
  await thread.close();
  assert.equal(typeof (await newest), 'number');
  await close();
});
