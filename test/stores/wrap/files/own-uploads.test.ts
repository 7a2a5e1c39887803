import assert from 'node:assert/strict';
import { test } from 'node:test';
import { houseOf } from '../../../../src/stores/wrap/files/house.ts';
import { ownUploads } from '../../../../src/stores/wrap/files/own-uploads.ts';
import { at, entries, names, refuses, required, store, text } from '../../../conformance/file-tree-harness.ts';
import { diskPlace } from '../../disk/place.ts';
import { emptyTree, session } from './memory.ts';

async function two(inner = emptyTree()) {
  const house = houseOf(await inner, [ownUploads()]);
  return { ann: house.of(session('ann')), again: house.of(session('ann', 'c2')), bob: house.of(session('bob')) };
}

test('an upload under way is there for its own user, in every connection, and for nobody else', async () => {
  const { ann, again, bob } = await two();
  const draft = await required(ann, 'write')(at('/file'), { mode: 'replace' });
  await draft.write(Buffer.from('12345'));
  assert.equal((await again.stat(at('/file'))).size, 5);
  assert.deepEqual(
    (await entries(again)).map(({ name, size }) => [name, size]),
    [['file', 5]],
  );
  assert.equal((await again.stat(at('/file'))).partial, true);
  await refuses({}, 'CS_LOCKED', () => again.open(at('/file')));
  await refuses({}, 'CS_NOT_FOUND', () => bob.stat(at('/file')));
  await refuses({}, 'CS_NOT_FOUND', () => bob.open(at('/file')));
  assert.deepEqual(await names(bob), []);
  await required(again, 'setAttributes')(at('/file'), { modified: 1_000_000 });
  await required(again, 'rename')(at('/file'), at('/named'), { replace: false });
  assert.deepEqual(await names(again), ['named']);
  const facts = await draft.commit();
  assert.equal(facts.modified, 1_000_000);
  assert.deepEqual(await names(bob), ['named']);
  assert.equal(await text(bob, '/named'), '12345');
});

test('what is published counts before what is under way', async () => {
  const { ann } = await two();
  await store(ann, '/file', 'old');
  const draft = await required(ann, 'write')(at('/file'), { mode: 'replace' });
  await draft.write(Buffer.from('12345'));
  assert.equal((await ann.stat(at('/file'))).size, 3);
  await required(ann, 'rename')(at('/file'), at('/other'), { replace: false });
  await draft.commit();
  assert.deepEqual(await names(ann), ['file', 'other']);
});

test('a cut upload is there for its own user until it is gone on with; others neither see nor continue it', async () => {
  await using place = await diskPlace({ durability: 'process' });
  const { ann, again, bob } = await two(Promise.resolve(place.tree));
  const draft = await required(ann, 'write')(at('/file'), { mode: 'replace', stage: 'ftp' });
  await draft.write(Buffer.from('head '));
  await draft.abort({ keep: true });
  assert.equal((await again.stat(at('/file'))).size, 5);
  assert.deepEqual(await names(again), ['file']);
  await refuses({}, 'CS_LOCKED', () => again.open(at('/file')));
  assert.deepEqual(await names(bob), []);
  assert.equal(await required(bob, 'staged')(at('/file'), 'ftp'), undefined);
  const order = { mode: 'replace', stage: 'ftp', offset: 5 } as const;
  await refuses({}, 'CS_CHANGED', () => store(bob, '/file', 'x', order));
  await store(again, '/file', 'tail', order);
  assert.equal(await text(bob, '/file'), 'head tail');
});

test('who removes the name of an upload gets none: under way or cut', async () => {
  const { ann } = await two();
  const draft = await required(ann, 'write')(at('/file'), { mode: 'new' });
  await draft.write(Buffer.from('x'));
  await required(ann, 'remove')(at('/file'), 'file');
  await refuses({}, 'CS_NOT_FOUND', () => draft.commit());
  const cut = await required(ann, 'write')(at('/file'), { mode: 'new', stage: 's' });
  await cut.write(Buffer.from('x'));
  await cut.abort({ keep: true });
  await required(ann, 'remove')(at('/file'), 'file');
  assert.equal(await required(ann, 'staged')(at('/file'), 's'), undefined);
  assert.deepEqual(await names(ann), []);
});
