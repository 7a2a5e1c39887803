/**
 * Static files, beside others, under wrk and h2load, in alternating rounds:
 *   npm run bench http -- [--rounds 3] [--seconds 3] [--only 1k,h2] [--idle] [--syscalls] [--json FILE]
 * `--idle` opens 10,000 keep-alive connections and says what they cost, `--syscalls` counts those of hot requests (strace).
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  cpuTime,
  type Place,
  residentMiB,
  startCaddy,
  startCs,
  startHttpServer,
  startNginx,
  startSirv,
  type WebPeer,
  workerOf,
} from './http-peers.ts';

interface Load {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly octets: number;
  readonly way: 'http' | 'tls' | 'h2';
  readonly connections: number;
}

const KIB = 1024;
const LOADS: readonly Load[] = [
  { id: '1k', name: '1 KiB', path: '1k.txt', octets: KIB, way: 'http', connections: 64 },
  { id: '10k', name: '10 KiB', path: '10k.txt', octets: 10 * KIB, way: 'http', connections: 64 },
  { id: '1m', name: '1 MiB', path: '1m.bin', octets: KIB ** 2, way: 'http', connections: 64 },
  { id: '100m', name: '100 MiB', path: '100m.bin', octets: 100 * KIB ** 2, way: 'http', connections: 4 },
  { id: 'tls', name: '1 KiB, TLS', path: '1k.txt', octets: KIB, way: 'tls', connections: 64 },
  { id: 'h2', name: '1 KiB, HTTP/2', path: '1k.txt', octets: KIB, way: 'h2', connections: 64 },
];

interface Sample {
  readonly rate: number;
  /** Microseconds of the server per request. */
  readonly cpu: number;
}

function url(peer: WebPeer, { way, path }: Load): string | undefined {
  if (way === 'http') return `http://127.0.0.1:${peer.http}/${path}`;
  return peer.https === undefined ? undefined : `https://127.0.0.1:${peer.https}/${path}`;
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const parts: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
  await once(child, 'close');
  return Buffer.concat(parts).toString();
}

async function run(peer: WebPeer, load: Load, seconds: number): Promise<Sample | undefined> {
  const target = url(peer, load);
  if (target === undefined) return undefined;
  const before = cpuTime(peer.pid);
  const { done, rate } = load.way === 'h2' ? await byH2load(target, seconds) : await byWrk(target, load, seconds);
  if (done === 0) throw new Error(`${peer.name} answered nothing of ${load.name}; --seconds is too short`);
  return { rate, cpu: ((cpuTime(peer.pid) - before) * 1000) / done };
}

async function byWrk(target: string, load: Load, seconds: number): Promise<{ done: number; rate: number }> {
  const text = await output('wrk', ['-t1', `-c${load.connections}`, `-d${seconds}s`, '--timeout', '30', target]);
  if (/Non-2xx/.test(text)) throw new Error(`${target}: ${text}`);
  const [, done = '0', elapsed = '1'] = /(\d+) requests in ([\d.]+)s/.exec(text) ?? [];
  // Answers that were not whole at the end count by their octets.
  const [, rate = '0'] = /Requests\/sec:\s+([\d.]+)/.exec(text) ?? [];
  const [, moved = '0', unit = ''] = /Transfer\/sec:\s+([\d.]+)([KMG]?)B/.exec(text) ?? [];
  if (load.octets < KIB ** 2) return { done: Number(done), rate: Number(rate) };
  const octets = Number(moved) * KIB ** ['', 'K', 'M', 'G'].indexOf(unit);
  return { done: (octets * Number(elapsed)) / load.octets, rate: octets / load.octets };
}

/** By a number of requests: told a time, it does not always end. */
async function byH2load(target: string, seconds: number): Promise<{ done: number; rate: number }> {
  const text = await output('h2load', ['-t1', '-c64', '-m10', `-n${seconds * 5000}`, target]);
  const [, done = '0'] = /(\d+) succeeded/.exec(text) ?? [];
  const [, elapsed = '1', unit = 's'] = /finished in ([\d.]+)(ms|s)/.exec(text) ?? [];
  return { done: Number(done), rate: Number(done) / (Number(elapsed) / (unit === 'ms' ? 1000 : 1)) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Row {
  readonly load: string;
  readonly server: string;
  readonly requestsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly ofNginx: number;
  readonly ofCaddy: number;
  readonly cpuMicroseconds: number;
}

async function compare(
  peers: readonly WebPeer[],
  loads: readonly Load[],
  rounds: number,
  seconds: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of loads) {
    const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const peer of peers) {
        const sample = await run(peer, load, round === 0 ? 2 : seconds);
        if (round > 0 && sample) samples.get(peer.name)?.push(sample);
      }
    }
    const rate = (name: string) => median((samples.get(name) ?? []).map((sample) => sample.rate));
    for (const { name } of peers) {
      if (samples.get(name)?.length === 0) continue;
      const row: Row = {
        load: load.name,
        server: name,
        requestsPerSecond: Math.round(rate(name) * 10) / 10,
        megabytesPerSecond: Math.round((rate(name) * load.octets) / 1e6),
        ofNginx: Math.round((rate(name) / rate('nginx, one worker')) * 100) / 100,
        ofCaddy: Math.round((rate(name) / rate('Caddy')) * 100) / 100,
        cpuMicroseconds: Math.round(median((samples.get(name) ?? []).map((sample) => sample.cpu)) * 10) / 10,
      };
      console.log(line(row));
      rows.push(row);
    }
  }
  return rows;
}

const HEAD =
  '| load | server | req/s | MB/s | x nginx | x Caddy | CPU us/req |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |';

function line(row: Row): string {
  return `| ${Object.values(row).join(' | ')} |`;
}

/** Connections that asked once and stay. */
async function idle(peer: WebPeer, count: number): Promise<string> {
  const before = residentMiB(peer.pid);
  const sockets: Socket[] = [];
  for (let at = 0; at < count; at += 100) {
    const batch = await Promise.all(Array.from({ length: 100 }, (_, index) => held(peer, at + index)));
    sockets.push(...batch);
  }
  const after = residentMiB(peer.pid);
  for (const socket of sockets) socket.destroy();
  const each = (((after - before) * KIB) / sockets.length).toFixed(1);
  return `${peer.name}: ${sockets.length} idle connections, ${Math.round(after)} MiB in all, ${each} KiB each`;
}

async function held(peer: WebPeer, index: number): Promise<Socket> {
  // Several client addresses, or the ports of one run out.
  const socket = connect({ host: '127.0.0.1', port: peer.http, localAddress: `127.0.0.${2 + (index % 20)}` });
  socket.write('GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

async function syscalls(peer: WebPeer): Promise<string> {
  const target = `http://127.0.0.1:${peer.http}/1k.txt`;
  await output('wrk', ['-t1', '-c16', '-d1s', target]);
  const trace = spawn('strace', ['-c', '-f', '-p', `${workerOf(peer.pid)}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  const parts: Buffer[] = [];
  const attached = once(trace.stderr, 'data');
  trace.stderr.on('data', (chunk: Buffer) => parts.push(chunk));
  await attached;
  const text = await output('wrk', ['-t1', '-c16', '-d2s', target]);
  trace.kill('SIGINT');
  await once(trace, 'close');
  const [, done = '1'] = /(\d+) requests in/.exec(text) ?? [];
  const counted = Buffer.concat(parts)
    .toString()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => /^\d+\.\d+$/.test(cells[0] ?? '') && cells.at(-1) !== 'total')
    .map((cells) => [cells.at(-1) ?? '', Number(cells[3]) / Number(done)] as const)
    .filter(([, each]) => each >= 0.02);
  const sum = counted.reduce((all, [, each]) => all + each, 0);
  return `${peer.name}: ${sum.toFixed(2)} a request (${counted.map(([name, each]) => `${name} ${each.toFixed(2)}`).join(', ')})`;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    idle: { type: 'boolean', default: false },
    syscalls: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const scratch = mkdtempSync(join(process.env.CS_BENCH_DIR ?? tmpdir(), 'cs-bench-'));
const site = join(scratch, 'site');
const place: Place = { site, scratch, cert: join(scratch, 'cert.pem'), key: join(scratch, 'key.pem') };
mkdirSync(site);
// Servers that give up root must still reach it.
chmodSync(scratch, 0o755);
for (const { path, octets } of LOADS) writeFileSync(join(site, path), randomBytes(octets));
const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
const pair = ['-keyout', place.key, '-out', place.cert];
execFileSync(
  'openssl',
  ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...pair, ...subject],
  {
    stdio: 'ignore',
  },
);

const wanted = values.only?.split(',');
const loads = LOADS.filter(({ id }) => wanted === undefined || wanted.includes(id));
const peers: WebPeer[] = [];
try {
  peers.push(await startCs('cs', place), await startCs('cs, nothing recorded', place, ['--record', 'none']));
  peers.push(await startCs('cs, fast path off', place, ['--fast-path', 'off']), await startNginx(place));
  peers.push(await startCaddy(place), await startSirv(place), await startHttpServer(place));
  console.log(HEAD);
  const rows = await compare(peers, loads, Number(values.rounds), Number(values.seconds));
  const more: string[] = [];
  if (values.syscalls) for (const peer of peers.slice(0, 5)) more.push(await syscalls(peer));
  if (values.idle) for (const peer of [peers[0], peers[3], peers[4]]) if (peer) more.push(await idle(peer, 10_000));
  for (const line of more) console.log(line);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows, more }, null, 2)}\n`);
} finally {
  for (const peer of peers) await peer.stop();
  rmSync(scratch, { recursive: true, force: true });
}
