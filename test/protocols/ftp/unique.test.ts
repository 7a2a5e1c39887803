/** What MLSD and MLST tell two contents of one name apart by, and the tag that a client makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import { over } from '../../../src/stores/wrap/files/over.ts';
import { at, LIMIT } from './client-against.ts';
import { filesAt } from './client-stage.ts';
import { Stage } from './stage.ts';

const listed = async (files: FileTree): Promise<string> => {
  for await (const entry of files.list(at())) if (entry.kind === 'file') return entry.tag;
  return assert.fail('nothing is listed');
};

test('the same content, the same tag; another content of the same size and time, another tag', LIMIT, async () => {
  await using stage = await Stage.open();
  await using place = await filesAt(stage.door.port);
  const { files } = place;
  await stage.put('x', 'one');
  const { tag } = await files.stat(at('x'));
  assert.notEqual(tag, '');
  assert.deepEqual([await listed(files), (await files.stat(at('x'))).tag], [tag, tag]);
  await stage.put('x', 'two');
  assert.notEqual((await files.stat(at('x'))).tag, tag);
  // The order of an upload holds to it: somebody else's content is not replaced unseen.
  const draft = await files.write!(at('x'), { mode: 'replace', ifTag: await listed(files) });
  await stage.put('x', 'six');
  await draft.write(Buffer.from('our'));
  await assert.rejects(draft.commit(), { code: 'CS_CHANGED' });
});

test('a tag that is no word of MLSD goes by its hash', LIMIT, async () => {
  await using plain = await Stage.open();
  await plain.put('x', 'one');
  const odd = over(plain.tree, { stat: async (path) => ({ ...(await plain.tree.stat(path)), tag: 'a;b c' }) });
  await using stage = await Stage.open({ tree: odd });
  const client = await stage.login();
  assert.match(await client.ask('MLST x'), /;unique=[0-9a-f]{32};.* \/x$/m);
});
