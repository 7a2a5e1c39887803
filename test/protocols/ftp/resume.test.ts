import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { ownUploads } from '../../../src/stores/wrap/files/own-uploads.ts';
import { type FtpClient, Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };

/** An upload of which `content` arrives, and that then breaks. */
async function cut(client: FtpClient, command: string, content: string): Promise<void> {
  const data = await client.passive();
  assert.equal(await client.code(command), 150);
  data.write(content);
  while (!(await client.ask('STAT')).includes(`: ${content.length} octets so far`)) assert.ok(!data.destroyed);
  (data as Socket).resetAndDestroy();
  assert.match(await client.reply(), /^426/);
}

test('a cut upload is shown to its user, and to nobody else', LIMIT, async () => {
  await using stage = await Stage.open();
  const [ann, bob] = [await stage.login('ann'), await stage.login('bob')];
  await cut(ann, 'STOR a', 'hello');
  assert.equal(await ann.ask('SIZE a'), '213 5');
  assert.match(await ann.ask('MLST a'), / type=file;size=5;/);
  for (const command of ['SIZE a', 'MLST a', 'MDTM a']) assert.equal(await bob.code(command), 550, command);
  assert.equal((await ann.get('RETR a')).reply.slice(0, 3), '550');
  assert.equal((await ann.get('NLST')).content, '');
  assert.equal(await stage.content('a'), undefined);
});

for (const [way, wraps] of [
  ['REST and STOR', []],
  ['APPE', []],
  ['REST and STOR', [ownUploads()]],
  ['APPE', [ownUploads()]],
] as const) {
  const shown = wraps.length > 0 ? ', where the house shows it as a file' : '';
  test(`it is gone on with by ${way}, from another connection${shown}`, LIMIT, async () => {
    await using stage = await Stage.open({ wraps });
    const first = await stage.login();
    await cut(first, 'STOR a', 'hello');
    first.end();
    await first.rest();
    const second = await stage.login();
    assert.equal(await second.ask('SIZE a'), '213 5');
    if (way === 'REST and STOR') await second.ask('REST 5');
    assert.equal(await second.put(way === 'APPE' ? 'APPE a' : 'STOR a', ', world'), '226 stored');
    assert.equal(await stage.content('a'), 'hello, world');
  });
}

test('where the house lists it, it says that it cannot be fetched yet, and RETR says so too', LIMIT, async () => {
  await using stage = await Stage.open({ wraps: [ownUploads()] });
  const [ann, bob] = [await stage.login('ann'), await stage.login('bob')];
  await cut(ann, 'STOR a', 'hello');
  assert.match((await ann.get('MLSD')).content, /^type=file;size=5;modify=[\d.]+;perm=aw/m);
  assert.match(await ann.ask('MLST a'), /;perm=aw/);
  assert.equal((await ann.get('RETR a')).reply, '450 in use');
  assert.match((await bob.get('RETR a')).reply, /^550/);
  await ann.ask('REST 5');
  assert.equal(await ann.put('STOR a', ', world'), '226 stored');
  assert.match(await ann.ask('MLST a'), /;perm=r/);
  assert.equal((await ann.get('RETR a')).content, 'hello, world');
});

test('an old head never meets a new tail: any other offset is refused, and nothing is there', LIMIT, async () => {
  await using stage = await Stage.open();
  const client = await stage.login();
  await cut(client, 'STOR a', 'hello');
  for (const offset of [3, 6]) {
    await client.ask(`REST ${offset}`);
    assert.match(await client.put('STOR a', 'x'), /^554/);
  }
  assert.equal(await stage.content('a'), undefined);
});

test('beginning anew forgets it', LIMIT, async () => {
  await using stage = await Stage.open();
  const client = await stage.login();
  await cut(client, 'STOR a', 'hello');
  assert.equal(await client.put('STOR a', 'new'), '226 stored');
  assert.equal(await stage.content('a'), 'new');
  assert.equal(await client.put('APPE a', ' and more'), '226 stored');
  assert.equal(await stage.content('a'), 'new and more');
});

test('where a file is published its size is the one that counts', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', 'the old one');
  const client = await stage.login();
  await cut(client, 'STOR a', 'hello');
  assert.equal(await client.ask('SIZE a'), '213 11');
  assert.equal((await client.get('RETR a')).content, 'the old one');
  await client.ask('REST 5');
  assert.equal(await client.put('STOR a', ', world'), '226 stored');
  assert.equal(await stage.content('a'), 'hello, world');
});

test('an append that is cut leaves the file as it was', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', 'one');
  const client = await stage.login();
  await cut(client, 'APPE a', ' two');
  assert.equal(await stage.content('a'), 'one');
  assert.equal(await client.put('APPE a', ' three'), '226 stored');
  assert.equal(await stage.content('a'), 'one three');
});

test('a client that gives up ends the data first: that is not the end of the file', LIMIT, async (t) => {
  await using stage = await Stage.open();
  const client = await stage.login();
  const data = await client.passive();
  assert.equal(await client.code('STOR a'), 150);
  // As long as a person's patience, or at least longer than one turn of the loop.
  const until = performance.now() + 300;
  while (performance.now() < until) {
    data.write('more');
    await client.ask('STAT');
  }
  // The server waits a little for the other end, and here as long as that takes.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  data.end();
  await new Promise(setImmediate);
  client.end();
  await client.rest();
  t.mock.timers.reset();
  const again = await stage.login();
  assert.equal(await stage.content('a'), undefined);
  assert.match(await again.ask('SIZE a'), /^213 [1-9]/);
});
