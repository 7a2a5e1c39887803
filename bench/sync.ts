/**
 * Mirroring many small files over FTP, beside lftp and rclone, in alternating rounds:
 *   npm run bench sync -- [--files 10000] [--rounds 3] [--server vsftpd|cs] [--tool 'cs sync'] [--parallel 4] [--json FILE]
 * Every round begins with an empty target; `again` is a second run that has nothing to do. Behind the seconds stand those of
 * CPU that the tool took: on a busy machine they are what can be compared.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startVsftpd } from '../test/interop/vsftpd.ts';
import { startOurs } from './ftp-client-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    server: { type: 'string', multiple: true, default: ['vsftpd', 'cs'] },
    tool: { type: 'string', multiple: true },
    parallel: { type: 'string', default: '4' },
    json: { type: 'string' },
  },
});
const count = Number(values.files);
const parallel = values.parallel;
const PER_DIRECTORY = 100;

const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cs-bench-sync-'));

interface Tool {
  readonly name: string;
  readonly down: (port: number, from: string, to: string) => readonly string[];
  readonly up: (port: number, from: string, to: string) => readonly string[];
}

const lftp = (port: number, command: string): readonly string[] => [
  'lftp',
  '-c',
  `set net:max-retries 1; set ftp:ssl-allow false; set mirror:set-permissions false; open -u anonymous,x ftp://127.0.0.1:${port}; ${command}`,
];
const rclone = (port: number, from: string, to: string): readonly string[] => [
  ...['rclone', 'sync', '--config', '/dev/null', '--transfers', parallel, '-q'],
  ...['--ftp-host', '127.0.0.1', '--ftp-port', String(port), '--ftp-user', 'anonymous', '--ftp-pass', OBSCURED],
  ...[from, to],
];
/** What rclone makes of an `x`. */
let OBSCURED = '';

const cs = [process.execPath, 'bin/cs.js', 'sync', '-q', '--tls', 'off', '--transfers', parallel];
const TOOLS: readonly Tool[] = [
  {
    name: 'cs sync',
    down: (port, from, to) => [...cs, `ftp://127.0.0.1:${port}/${from}`, to],
    up: (port, from, to) => [...cs, from, `ftp://127.0.0.1:${port}/${to}`],
  },
  {
    name: 'cs sync, sizes only',
    down: (port, from, to) => [...cs, '--verify', 'size', `ftp://127.0.0.1:${port}/${from}`, to],
    up: (port, from, to) => [...cs, '--verify', 'size', from, `ftp://127.0.0.1:${port}/${to}`],
  },
  {
    name: 'lftp mirror',
    down: (port, from, to) => lftp(port, `mirror --parallel=${parallel} ${from} ${to}`),
    up: (port, from, to) => lftp(port, `mirror -R --parallel=${parallel} ${from} ${to}`),
  },
  {
    name: 'rclone sync',
    down: (port, from, to) => rclone(port, `:ftp:${from}`, to),
    up: (port, from, to) => rclone(port, from, `:ftp:${to}`),
  },
];

function fill(directory: string): void {
  for (let at = 0; at < count; at++) {
    const folder = join(directory, `d${Math.floor(at / PER_DIRECTORY)}`);
    if (at % PER_DIRECTORY === 0) mkdirSync(folder, { recursive: true });
    const file = join(folder, `file-${at}.dat`);
    writeFileSync(file, randomBytes(512 + ((at * 37) % 3584)));
    utimesSync(file, 1_750_000_000 + at, 1_750_000_000 + at);
  }
}

/** Milliseconds. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** CPU of all children that have ended, in ticks of a hundredth of a second. */
function childTicks(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[13]) + Number(fields[14]);
}

async function timed([program = '', ...args]: readonly string[]): Promise<Cost> {
  const before = childTicks();
  const began = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', program === 'rclone' ? 'ignore' : 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}`);
  return { wall: performance.now() - began, cpu: (childTicks() - before) * 10 };
}

const files = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

async function round(
  tool: Tool,
  port: number,
  served: string,
  note: (what: string, cost: Cost) => void,
): Promise<void> {
  const local = join(scratch, 'local');
  rmSync(local, { recursive: true, force: true });
  rmSync(join(served, 'up'), { recursive: true, force: true });
  mkdirSync(local);
  note('down', await timed(tool.down(port, 'source', local)));
  if (files(local) !== count) throw new Error(`${tool.name}: ${files(local)} of ${count} files came`);
  note('down again', await timed(tool.down(port, 'source', local)));
  note('up', await timed(tool.up(port, join(served, 'source'), 'up')));
  if (files(join(served, 'up')) !== count) throw new Error(`${tool.name}: not all files went`);
  note('up again', await timed(tool.up(port, join(served, 'source'), 'up')));
}

async function main(): Promise<void> {
  const served = join(scratch, 'served');
  fill(join(served, 'source'));
  OBSCURED = (await capture(['rclone', 'obscure', 'x'])).trim();
  const results: Record<string, Record<string, Record<string, number>>> = {};
  for (const name of values.server) {
    const server = name === 'cs' ? await startOurs(served, scratch) : await startVsftpd('vsftpd', served);
    const seen = new Map<string, Map<string, Cost[]>>();
    try {
      for (let turn = 0; turn < Number(values.rounds); turn++) {
        for (const tool of TOOLS) {
          if (values.tool && !values.tool.includes(tool.name)) continue;
          await round(tool, server.port, served, (what, cost) => {
            const own = seen.get(tool.name) ?? new Map<string, Cost[]>();
            own.set(what, [...(own.get(what) ?? []), cost]);
            seen.set(tool.name, own);
          });
        }
      }
    } finally {
      await server.stop();
    }
    const title = `${count} files of 0.5 to 4 KiB over FTP, ${parallel} at once, server ${name}`;
    console.log(`\n${title}: seconds, and of the tool's CPU (medians)`);
    for (const [tool, own] of seen) {
      const medians = [...own].map(([what, all]) => {
        const of = (which: keyof Cost) => median(all.map((cost) => cost[which])) / 1000;
        return { what, wall: of('wall'), cpu: of('cpu') };
      });
      results[name] = { ...results[name], [tool]: Object.fromEntries(medians.map(({ what, wall }) => [what, wall])) };
      const words = medians.map(({ what, wall, cpu }) => `${what} ${wall.toFixed(2)} (${cpu.toFixed(2)})`);
      console.log(`${tool.padEnd(20)} ${words.join('   ')}`);
    }
  }
  if (values.json) writeFileSync(values.json, JSON.stringify(results, undefined, 2));
}

async function capture([program = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  for await (const chunk of child.stdout) out += chunk;
  return out;
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
