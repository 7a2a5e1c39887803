/**
 * Accepting mail, beside others, under one generator (Postfix's smtp-source), in alternating rounds:
 *   npm run bench smtp -- [--rounds 3] [--messages 4000] [--peers] [--also postfix=25] [--memory] [--json FILE]
 * `--peers` adds MailDev (npm), `--also` a server that runs already, `--memory` 100 messages of 25 MiB at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type MemoryResult, measureMemory } from './smtp-memory.ts';
import { has, type Running, runningPeer, startBare, startCs, startMailDev, startSink } from './smtp-peers.ts';

interface Load {
  readonly name: string;
  readonly sessions: number;
  /** Of the messages asked for; slow ways get fewer. */
  readonly share: number;
  /** Many messages on one connection. */
  readonly keep: boolean;
}

const LOADS: readonly Load[] = [
  { name: '1 session', sessions: 1, share: 0.25, keep: true },
  { name: '20 sessions', sessions: 20, share: 1, keep: true },
  { name: '100 sessions', sessions: 100, share: 2, keep: true },
  { name: '20 sessions, one message a connection', sessions: 20, share: 0.5, keep: false },
];
/** Octets of a message. */
const SIZE = 4096;
/** Milliseconds of a clock tick in /proc. */
const TICK = 10;

interface Sample {
  readonly rate: number;
  /** Microseconds; undefined where the server is not ours to look at. */
  readonly cpu: number | undefined;
}

function cpuTime(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

async function run(peer: Running, load: Load, messages: number): Promise<Sample> {
  const count = Math.max(load.sessions, Math.round(messages * load.share));
  const before = cpuTime(peer.pid);
  const began = performance.now();
  const args = ['-s', load.sessions, '-m', count, '-l', SIZE, '-f', 'a@x.test', '-t', 'b@y.test'].map(String);
  const child = spawn('smtp-source', [...args, ...(load.keep ? ['-d'] : []), `127.0.0.1:${peer.port}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`smtp-source failed against ${peer.name}`);
  const ms = performance.now() - began;
  const after = cpuTime(peer.pid);
  const cpu = before === undefined || after === undefined ? undefined : ((after - before) * 1000) / count;
  return { rate: (count / ms) * 1000, cpu };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Row {
  readonly load: string;
  readonly server: string;
  readonly messagesPerSecond: number;
  readonly ofSink: number;
  readonly cpuMicroseconds: number | null;
}

async function compare(peers: readonly Running[], rounds: number, messages: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    const samples = new Map<Running, Sample[]>(peers.map((peer) => [peer, []]));
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const peer of peers) {
        const sample = await run(peer, load, round === 0 ? messages / 4 : messages);
        if (round > 0) samples.get(peer)?.push(sample);
      }
    }
    const rate = (peer: Running) => median((samples.get(peer) ?? []).map((sample) => sample.rate));
    const sink = rate(peers[0] as Running);
    for (const peer of peers) {
      const cpu = (samples.get(peer) ?? []).map((sample) => sample.cpu).filter((value) => value !== undefined);
      rows.push({
        load: load.name,
        server: peer.name,
        messagesPerSecond: Math.round(rate(peer)),
        ofSink: Math.round((rate(peer) / sink) * 100) / 100,
        cpuMicroseconds: cpu.length > 0 ? Math.round(median(cpu)) : null,
      });
    }
  }
  return rows;
}

function markdown(rows: readonly Row[], memory: MemoryResult | undefined): string {
  const lines = ['| load | server | msg/s | x smtp-sink | CPU us/msg |', '| --- | --- | ---: | ---: | ---: |'];
  for (const row of rows) {
    const cells = [row.load, row.server, row.messagesPerSecond, row.ofSink.toFixed(2), row.cpuMicroseconds ?? ''];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  if (memory) {
    const { clients, messageMiB, beforeMiB, peakMiB, seconds } = memory;
    lines.push(
      '',
      `${clients} x ${messageMiB} MiB at once: ${beforeMiB} MiB before, ${peakMiB} MiB at most, ${seconds} s`,
    );
  }
  return lines.join('\n');
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '4000' },
    peers: { type: 'boolean', default: false },
    also: { type: 'string', multiple: true, default: [] },
    memory: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
if (!has('smtp-source') || !has('smtp-sink')) throw new Error('smtp-source and smtp-sink are missing (apt: postfix)');

const peers: Running[] = [];
try {
  peers.push(await startSink(), await startCs('cs, on disk', 'disk'), await startCs('cs, in memory', 'memory'));
  peers.push(await startBare());
  if (values.peers) peers.push(await startMailDev());
  for (const also of values.also) peers.push(runningPeer(also));
  const rows = await compare(peers, Number(values.rounds), Number(values.messages));
  const memory = values.memory ? await measureMemory(peers[1] as Running, 100, 25) : undefined;
  console.log(markdown(rows, memory));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows, memory }, null, 2)}\n`);
} finally {
  for (const peer of peers) await peer.stop();
}
