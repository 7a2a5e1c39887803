/** Large messages by several clients at once on a real server with a data directory: octet for octet what was sent. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { serve, stored } from '../interop/server.ts';
import { RawPeer } from '../transcripts/raw-peer.ts';

const digest = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** About `octets` of lines of all lengths, many of them with dots in front; another one for each seed. */
function content(seed: number, octets: number): Buffer {
  const lines = [`Subject: ${seed}\r\n\r\n`];
  let state = seed;
  for (let length = 0; length < octets; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const line = `${'.'.repeat(state % 3)}${String(state).repeat(state % 90)}\r\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(''));
}

async function sendAll(socket: Socket, octets: Buffer, seed: number): Promise<void> {
  for (let at = 0, piece = 0; at < octets.length; at += piece) {
    piece = 1 + ((at * 31 + seed * 7919) % 200_000);
    if (!socket.write(octets.subarray(at, at + piece))) await once(socket, 'drain');
  }
}

async function send(port: number, message: Buffer, seed: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const peer = new RawPeer(socket);
  await peer.line();
  const say = async (line: string, code: string): Promise<void> => {
    peer.send(line);
    let answer = await peer.line();
    while (answer[3] === '-') answer = await peer.line();
    assert.ok(answer.startsWith(code), answer);
  };
  await say('EHLO t\r\n', '250');
  await say('MAIL FROM:<a@x.test>\r\n', '250');
  await say('RCPT TO:<b@y.test>\r\n', '250');
  if (seed % 2 === 0) {
    await say('DATA\r\n', '354');
    await sendAll(socket, Buffer.from(message.toString('latin1').replace(/^\./gm, '..'), 'latin1'), seed);
    await say('.\r\n', '250');
  } else {
    const half = Math.floor(message.length / 2);
    for (const [part, last] of [
      [message.subarray(0, half), ''],
      [message.subarray(half), ' LAST'],
    ] as const) {
      peer.send(`BDAT ${part.length}${last}\r\n`);
      await sendAll(socket, part, seed);
      await say('', '250');
    }
  }
  await say('QUIT\r\n', '221');
  socket.destroy();
}

test('large messages by DATA and BDAT, eight at once: nothing of one is lost or in another', async () => {
  const server = await serve(['smtp'], { data: true });
  try {
    const messages = Array.from({ length: 8 }, (_, seed) => content(seed, 200_000 + seed * 700_000));
    await Promise.all(messages.map((message, seed) => send(server.port('smtp'), message, seed)));
    const found = [...(await stored(server)).values()].map((text) => digest(Buffer.from(text, 'latin1')));
    assert.deepEqual(found.sort(), messages.map(digest).sort());
  } finally {
    await server.stop();
  }
});
