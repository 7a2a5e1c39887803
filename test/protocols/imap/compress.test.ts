import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import type { RawPeer } from '../../transcripts/raw-peer.ts';
import { answer, ask, Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };

async function selected(count: number): Promise<{ stage: Stage; peer: RawPeer }> {
  const stage = await Stage.open();
  for (let at = 1; at <= count; at++) await stage.deliver('ann@x.test', `Subject: ${at}\r\n\r\ntext ${at}\r\n`);
  return { stage, peer: await stage.select() };
}

/** The client's side, from COMPRESS on. */
function deflated({ stream }: RawPeer) {
  const [deflate, inflate] = [createDeflateRaw(), createInflateRaw()];
  const plain = stream.listeners('data') as ((chunk: Buffer) => void)[];
  stream.removeAllListeners('data');
  stream.on('data', (chunk) => inflate.write(chunk));
  deflate.on('data', (chunk) => stream.write(chunk));
  let said = '';
  inflate.on('data', (chunk) => {
    said += chunk;
  });
  return {
    say: (line: string, flush: number = constants.Z_SYNC_FLUSH) =>
      new Promise<void>((resolve) => {
        deflate.write(line);
        deflate.flush(flush, () => resolve());
      }),
    until: (tag: string) =>
      new Promise<string>((resolve) => {
        const look = () => {
          if (new RegExp(`^${tag} .*\r\n`, 'm').test(said)) resolve(said);
          else inflate.once('data', look);
        };
        look();
      }),
    undo: () => {
      stream.removeAllListeners('data');
      for (const listener of plain) stream.on('data', listener);
    },
  };
}

test('COMPRESS: everything behind it is deflated, both ways', LIMIT, async () => {
  const { stage, peer } = await selected(50);
  assert.deepEqual(await ask(peer, 'COMPRESS DEFLATE'), ['t OK deflate from here on']);
  const { say, until } = deflated(peer);
  await say('a FETCH 1:* BODY.PEEK[]\r\n');
  assert.equal((await until('a')).match(/^\* \d+ FETCH/gm)?.length, 50);
  await say('b COMPRESS DEFLATE\r\n');
  assert.match(await until('b'), /^b NO \[COMPRESSIONACTIVE\]/m);
  await say('c LOGOUT\r\n');
  await until('c');
  peer.stream.end();
  await stage.served.at(-1);
});

for (const [how, flush] of [
  ['is flushed', constants.Z_SYNC_FLUSH],
  ['ends', constants.Z_FINISH],
] as const) {
  test(`UNAUTHENTICATE ends the deflated stream where the client's ${how} (RFC 8437 section 4.1)`, LIMIT, async () => {
    const { stage, peer } = await selected(1);
    for (let round = 1; round <= 2; round++) {
      await ask(peer, 'COMPRESS DEFLATE');
      const { say, until, undo } = deflated(peer);
      await say('a CAPABILITY\r\n');
      assert.match(await until('a'), / UNAUTHENTICATE/);
      await say('b UNAUTHENTICATE\r\n', flush);
      assert.match(await until('b'), /^b OK \[CAPABILITY .* AUTH=PLAIN/m);
      undo();
      const [told] = await ask(peer, 'LOGIN bob@x.test secret');
      assert.match(told ?? '', /^t OK \[CAPABILITY .* COMPRESS=DEFLATE/);
    }
    assert.deepEqual(await ask(peer, 'STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 0)', 't OK that is all']);
    peer.end();
    await peer.rest();
    await stage.served.at(-1);
  });
}

test('what comes in one piece with the end of the deflated stream is not lost', LIMIT, async () => {
  const { stage, peer } = await selected(0);
  await ask(peer, 'COMPRESS DEFLATE');
  const { undo } = deflated(peer);
  const deflate = createDeflateRaw();
  const pieces: Buffer[] = [];
  deflate.on('data', (piece) => pieces.push(piece));
  deflate.end('b UNAUTHENTICATE\r\n');
  await new Promise((resolve) => deflate.once('end', resolve));
  const inflate = createInflateRaw();
  const answered = new Promise<void>((resolve) => inflate.once('data', () => resolve()));
  peer.stream.removeAllListeners('data');
  peer.stream.once('data', (chunk) => {
    undo();
    inflate.write(chunk);
  });
  peer.send(Buffer.concat([...pieces, Buffer.from('c LOGIN bob@x.test secret\r\n')]));
  await answered;
  assert.match((await answer(peer, 'c')).at(-1) ?? '', /^c OK /);
  peer.end();
  await peer.rest();
  await stage.served.at(-1);
});

test('what is no deflated stream ends the connection', LIMIT, async () => {
  const { stage, peer } = await selected(0);
  await ask(peer, 'COMPRESS DEFLATE');
  peer.send('a NOOP\r\nb NOOP\r\n');
  await peer.rest();
  await stage.served.at(-1);
});
