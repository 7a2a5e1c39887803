/** Many large messages at once: how far memory grows while they come in. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Running } from './smtp-peers.ts';

export interface MemoryResult {
  readonly clients: number;
  readonly messageMiB: number;
  readonly beforeMiB: number;
  readonly peakMiB: number;
  readonly seconds: number;
}

function residentMiB(pid: number): number {
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

const PIECE = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(64));

/** One message of about `octets`; resolves when it was accepted. */
async function sendLarge(port: number, octets: number, all: () => Promise<void>): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const replies: string[] = [];
  let wake = (): void => {};
  socket.setEncoding('latin1').on('data', (text: string) => {
    replies.push(...text.split('\r\n').filter((line) => /^\d{3} /.test(line)));
    wake();
  });
  const reply = async (code: string): Promise<void> => {
    while (replies.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const line = replies.shift() ?? '';
    if (!line.startsWith(code)) throw new Error(`expected ${code}: ${line}`);
  };
  await reply('220');
  for (const line of ['EHLO bench', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>']) {
    socket.write(`${line}\r\n`);
    await reply('250');
  }
  socket.write('DATA\r\n');
  await reply('354');
  await all();
  for (let sent = 0; sent + PIECE.length <= octets; sent += PIECE.length) {
    if (!socket.write(PIECE)) await once(socket, 'drain');
  }
  socket.write('.\r\n');
  await reply('250');
  socket.end('QUIT\r\n');
}

/** @param peer one with a pid */
export async function measureMemory(peer: Running, clients: number, messageMiB: number): Promise<MemoryResult> {
  const pid = peer.pid ?? 0;
  await sendLarge(peer.port, 1024 * 1024, async () => {});
  let waiting = clients;
  let go = (): void => {};
  const together = new Promise<void>((resolve) => {
    go = resolve;
  });
  const all = async () => {
    waiting -= 1;
    if (waiting === 0) go();
    await together;
  };
  const beforeMiB = residentMiB(pid);
  let peakMiB = beforeMiB;
  const watch = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(pid));
  }, 50);
  const began = performance.now();
  const octets = messageMiB * 1024 * 1024 - PIECE.length;
  await Promise.all(Array.from({ length: clients }, () => sendLarge(peer.port, octets, all)));
  clearInterval(watch);
  return { clients, messageMiB, beforeMiB, peakMiB, seconds: Math.round((performance.now() - began) / 100) / 10 };
}
