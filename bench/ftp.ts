/**
 * Files by FTP, beside others, under the same generators, over one directory in memory, in alternating rounds. Large files by
 * curl; small ones by Python's ftplib, because curl 7.88 sleeps a second whenever a 229 comes before it looks for it:
 *   npm run bench ftp -- [--rounds 3] [--mib 1024] [--files 2000] [--json FILE]
 * Peers (vsftpd, pyftpdlib) are those that are installed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { has, type Running, startCs, startPyftpdlib, startVsftpd, VSFTPD } from './ftp-peers.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    mib: { type: 'string', default: '1024' },
    files: { type: 'string', default: '2000' },
    json: { type: 'string' },
  },
});
const [rounds, mib, files] = [values.rounds, values.mib, values.files].map(Number) as [number, number, number];
/** Octets of a small file. */
const SMALL = 4096;
/** Milliseconds of a clock tick in /proc. */
const TICK = 10;

const parent = process.env.CS_BENCH_DIR ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
const scratch = mkdtempSync(join(parent, 'cs-bench-ftp-servers-'));
const dir = join(scratch, 'root');
const box = join(dir, 'box');

interface Load {
  readonly name: string;
  readonly unit: 'MB/s' | 'files/s';
  /** In that unit. */
  readonly amount: number;
  readonly command: (port: number) => readonly [string, readonly string[]];
}

const curl = (...args: string[]) => ['curl', ['-q', '-sS', '--fail', ...args]] as const;

const FTPLIB = `
import ftplib, io, sys
port, verb, count, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ftp = ftplib.FTP(); ftp.connect('127.0.0.1', port, timeout=60); ftp.login(); ftp.cwd('box'); ftp.voidcmd('TYPE I')
for at in range(count):
    if verb == 'put': ftp.storbinary('STOR put-%d' % at, io.BytesIO(b'c' * size))
    else:
        got = []; ftp.retrbinary('RETR small-%d' % at, got.append)
        assert sum(map(len, got)) == size
ftp.quit()
`;
const ftplib = (port: number, verb: 'get' | 'put') =>
  ['/usr/bin/python3', ['-c', FTPLIB, String(port), verb, String(files), String(SMALL)]] as const;

const LARGE = { unit: 'MB/s', amount: (mib * 1024 * 1024) / 1e6 } as const;
const MANY = { unit: 'files/s', amount: files } as const;
const LOADS: readonly Load[] = [
  { ...LARGE, name: `get ${mib} MiB`, command: (port) => curl('-o', '/dev/null', `ftp://127.0.0.1:${port}/box/large`) },
  {
    ...LARGE,
    name: `put ${mib} MiB`,
    command: (port) => curl('-T', join(box, 'large'), `ftp://127.0.0.1:${port}/box/put`),
  },
  { ...MANY, name: `get ${files} x 4 KiB`, command: (port) => ftplib(port, 'get') },
  { ...MANY, name: `put ${files} x 4 KiB`, command: (port) => ftplib(port, 'put') },
];

interface Sample {
  readonly rate: number;
  /** Seconds, of the server and what it forked. */
  readonly cpu: number;
}

function cpuTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ([11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) * TICK) / 1000;
}

async function run(peer: Running, load: Load): Promise<Sample> {
  const [program, args] = load.command(peer.port);
  // What one server has put, under its own user, another might not replace.
  for (const name of readdirSync(box)) if (name.startsWith('put')) rmSync(join(box, name));
  const before = cpuTime(peer.pid);
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${program} ended with ${code} against ${peer.name}: ${load.name}`);
  const seconds = (performance.now() - began) / 1000;
  return { rate: load.amount / seconds, cpu: cpuTime(peer.pid) - before };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Row {
  readonly load: string;
  readonly server: string;
  readonly rate: number;
  readonly unit: Load['unit'];
  /** Of the first peer's. */
  readonly ratio: number;
  readonly cpuSeconds: number;
}

async function compare(peers: readonly Running[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) {
    const samples = new Map<Running, Sample[]>(peers.map((peer) => [peer, []]));
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const peer of peers) {
        const sample = await run(peer, load);
        if (round > 0) samples.get(peer)?.push(sample);
      }
    }
    const rate = (peer: Running) => median((samples.get(peer) ?? []).map((sample) => sample.rate));
    const first = rate(peers[0] as Running);
    for (const peer of peers) {
      const cpu = median((samples.get(peer) ?? []).map((sample) => sample.cpu));
      const ratio = Math.round((rate(peer) / first) * 100) / 100;
      const row = { load: load.name, server: peer.name, rate: Math.round(rate(peer)), unit: load.unit, ratio };
      rows.push({ ...row, cpuSeconds: Math.round(cpu * 100) / 100 });
      console.error(`${load.name}, ${peer.name}: ${row.rate} ${row.unit}`);
    }
  }
  return rows;
}

function markdown(rows: readonly Row[]): string {
  const [first] = rows;
  const lines = [`| load | server | rate | x ${first?.server} | CPU s |`, '| --- | --- | ---: | ---: | ---: |'];
  for (const { load, server, rate, unit, ratio, cpuSeconds } of rows) {
    lines.push(`| ${load} | ${server} | ${rate} ${unit} | ${ratio.toFixed(2)} | ${cpuSeconds.toFixed(2)} |`);
  }
  return lines.join('\n');
}

async function tidy(peers: readonly Running[]): Promise<void> {
  for (const peer of peers) await peer.stop();
  rmSync(scratch, { recursive: true, force: true });
}

for (const program of ['curl', '/usr/bin/python3'])
  if (!has(program, '--version')) throw new Error(`${program} is missing`);
const peers: Running[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void tidy(peers).then(() => process.exit(1)));
try {
  mkdirSync(box, { recursive: true });
  for (const one of [scratch, dir]) chmodSync(one, 0o755);
  chmodSync(box, 0o777);
  writeFileSync(join(box, 'large'), Buffer.alloc(mib * 1024 * 1024, 'cs'));
  for (let at = 0; at < files; at++) writeFileSync(join(box, `small-${at}`), Buffer.alloc(SMALL, 'cs'));
  // vsftpd has no option that only tells whether it is there.
  if (existsSync(VSFTPD)) peers.push(await startVsftpd(dir, scratch));
  if (has('/usr/bin/python3', '-c', 'import pyftpdlib')) peers.push(await startPyftpdlib(dir));
  peers.push(await startCs(dir, scratch));
  const rows = await compare(peers);
  console.log(markdown(rows));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
} finally {
  await tidy(peers);
}
