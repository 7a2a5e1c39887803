/**
 * The embedded store alone: messages of 4 KiB, 100 in flight, synced before they are acknowledged.
 *   node --import tsx bench/store.ts [messages] [in flight] [octets] [durability]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Durability } from '../src/contracts/store.ts';
import { defaults } from '../src/kit/option.ts';
import { open } from '../src/stores/embedded/open.ts';
import { options } from '../src/stores/embedded/options.ts';

const [messages = 20_000, inFlight = 100, octets = 4096] = process.argv.slice(2, 5).map(Number);
const durability = (process.argv[5] ?? 'disk') as Exclude<Durability, 'none'>;
const dir = await mkdtemp(join(process.env.CS_BENCH_DIR ?? tmpdir(), 'cs-bench-'));
const header = 'From: Bob <bob@y.test>\r\nTo: ann@x.test\r\nSubject: bench\r\nMessage-ID: <1@y>\r\n\r\n';
const body = Buffer.from(header.padEnd(octets, 'x'));
const session = { server: 'smtp', conn: 'c1', with: 'ESMTP', helo: 'h', address: '127.0.0.1', secure: false };
const store = await open({ dir, options: { ...defaults(options), durability }, log: () => {} });
try {
  let left = messages;
  const latencies: number[] = [];
  const one = async (lane: number): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      const to = [{ address: `user${lane % 10}@x.test` }];
      const draft = await store.delivery.open({ from: 'bob@y.test', to, session: { ...session, user: undefined } });
      for (let at = 0; at < octets; at += 65_536) await draft.write(body.subarray(at, at + 65_536));
      await draft.commit();
      latencies.push(performance.now() - began);
    }
  };
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => one(lane)));
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (part: number): string => latencies[Math.floor(part * (latencies.length - 1))]!.toFixed(2);
  console.log(
    `${Math.round((messages / ms) * 1000)} msg/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ` +
      `${Math.round((user + system) / messages)} us CPU/msg  RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
  );
} finally {
  await store[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
}
