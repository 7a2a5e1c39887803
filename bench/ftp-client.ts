/**
 * The FTP client at the level of its tree, beside lftp and rclone, in alternating rounds:
 *   npm run bench ftp-client -- [--files 2000] [--size 4096] [--big 512] [--rounds 3] [--server vsftpd|cs] [--json FILE]
 * `small`: one directory listed and all its files fetched over four connections; `put`: as many sent; `big`: one file of so
 * many MiB, over one connection and in four segments.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FileTree } from '../src/contracts/files.ts';
import { type FileName, filePath } from '../src/kit/file-path.ts';
import { type ForeignServer, startVsftpd } from '../test/interop/vsftpd.ts';
import { filesAt } from '../test/protocols/ftp/client-stage.ts';
import { startOurs } from './ftp-client-server.ts';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '2000' },
    size: { type: 'string', default: '4096' },
    big: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '3' },
    server: { type: 'string', multiple: true, default: ['vsftpd', 'cs'] },
    json: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const count = Number(values.files);
const bigOctets = Number(values.big) * 1024 * 1024;
const PARALLEL = 4;
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cs-bench-ftp-'));
const served = join(scratch, 'served');
const local = join(scratch, 'local');

/** `at` of every item, so many at a time. */
async function each<T>(items: Iterable<T> | AsyncIterable<T>, act: (item: T) => Promise<void>): Promise<void> {
  const waiting = new Set<Promise<void>>();
  for await (const item of items) {
    const one = act(item).finally(() => waiting.delete(one));
    waiting.add(one);
    if (waiting.size >= PARALLEL) await Promise.race(waiting);
  }
  await Promise.all(waiting);
}

interface Client {
  readonly name: string;
  readonly small: (server: ForeignServer, base: readonly string[]) => Promise<void>;
  readonly put: (server: ForeignServer, base: readonly string[]) => Promise<void>;
  readonly big: (server: ForeignServer, base: readonly string[]) => Promise<void>;
}

async function withTree(server: ForeignServer, base: readonly string[], act: (tree: FileTree) => Promise<void>) {
  const options = { connections: PARALLEL, root: `/${base.join('/')}` };
  await using place = await filesAt(server.port, { target: { user: undefined, password: undefined }, options });
  await act(place.files);
}

async function fetched(tree: FileTree, path: readonly FileName[], to: string): Promise<void> {
  await using file = await tree.open(path);
  const parts: Uint8Array[] = [];
  for await (const chunk of file.read()) parts.push(chunk);
  await writeFile(to, parts);
}

async function segments(tree: FileTree, to: string): Promise<void> {
  await using file = await tree.open(filePath(['big']));
  const target = await open(to, 'w');
  const step = Math.ceil(file.facts.size / PARALLEL);
  const part = async (start: number): Promise<void> => {
    let at = start;
    for await (const chunk of file.read({ start, end: start + step })) {
      await target.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, (_, n) => part(n * step)));
  await target.close();
}

const ours: Client = {
  name: 'cs tree',
  small: (server, base) =>
    withTree(server, [...base, 'small'], (tree) =>
      each(tree.list([]), ({ name }) => fetched(tree, [name], join(local, 'small', name))),
    ),
  put: (server, base) =>
    withTree(server, [...base, 'up'], (tree) =>
      each(readdirSync(join(served, 'small')), async (name) => {
        const draft = await tree.write!(filePath([name]), { mode: 'replace' });
        await draft.write(await readFile(join(served, 'small', name)));
        await draft.commit();
      }),
    ),
  big: (server, base) =>
    withTree(server, base, async (tree) => {
      await using file = await tree.open(filePath(['big']));
      await pipeline(file.read(), createWriteStream(join(local, 'big'), { highWaterMark: 1024 * 1024 }));
    }),
};
const segmented: Client = {
  ...ours,
  name: 'cs tree, segments',
  big: (server, base) => withTree(server, base, (tree) => segments(tree, join(local, 'big'))),
};

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { cwd: root, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}`);
}

const lftp = ({ port }: ForeignServer, command: string) => {
  const sets = 'set net:max-retries 1; set ftp:ssl-allow false; set mirror:set-permissions false';
  return run('lftp', ['-c', `${sets}; open -u anonymous,x ftp://127.0.0.1:${port}; ${command}`]);
};
const lftpClient: Client = {
  name: 'lftp',
  small: (server, base) =>
    lftp(server, `mirror --parallel=${PARALLEL} /${[...base, 'small'].join('/')} ${join(local, 'small')}`),
  put: (server, base) =>
    lftp(server, `mirror -R --parallel=${PARALLEL} ${join(served, 'small')} /${[...base, 'up'].join('/')}`),
  big: (server, base) => lftp(server, `get /${[...base, 'big'].join('/')} -o ${join(local, 'big')}`),
};

let obscured = '';
const rclone = ({ port }: ForeignServer, from: string, to: string) =>
  run('rclone', [
    ...['copy', '--config', '/dev/null', '--transfers', String(PARALLEL), '-q', '--ftp-host', '127.0.0.1'],
    ...['--ftp-port', String(port), '--ftp-user', 'anonymous', '--ftp-pass', obscured, from, to],
  ]);
const rcloneClient: Client = {
  name: 'rclone',
  small: (server, base) => rclone(server, `:ftp:/${[...base, 'small'].join('/')}`, join(local, 'small')),
  put: (server, base) => rclone(server, join(served, 'small'), `:ftp:/${[...base, 'up'].join('/')}`),
  big: (server, base) => rclone(server, `:ftp:/${[...base, 'big'].join('/')}`, local),
};

async function obscure(): Promise<string> {
  const child = spawn('rclone', ['obscure', 'x'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text.trim();
}

function clean(): void {
  for (const directory of [local, join(served, 'up')]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  mkdirSync(join(local, 'small'));
}

const rows: { server: string; client: string; what: string; ms: number }[] = [];

async function measure(server: string, at: ForeignServer, base: readonly string[], client: Client): Promise<void> {
  for (const what of ['small', 'put', 'big'] as const) {
    if (client === segmented && what !== 'big') continue;
    clean();
    const from = performance.now();
    await client[what](at, base);
    const ms = performance.now() - from;
    rows.push({ server, client: client.name, what, ms });
    console.error(`${server} ${what} ${client.name}: ${ms.toFixed(0)} ms`);
    const whole = what === 'big' ? statSync(join(local, 'big')).size === bigOctets : true;
    const arrived = readdirSync(what === 'put' ? join(served, 'up') : join(local, 'small')).length;
    if (!whole || (what !== 'big' && arrived !== count)) throw new Error(`${client.name} ${what}: not whole`);
  }
}

try {
  mkdirSync(join(served, 'small'), { recursive: true });
  for (let n = 0; n < count; n++) writeFileSync(join(served, 'small', `file-${n}`), randomBytes(Number(values.size)));
  writeFileSync(join(served, 'big'), Buffer.alloc(bigOctets, randomBytes(65_536)));
  obscured = await obscure();
  for (const name of values.server) {
    const server = name === 'vsftpd' ? await startVsftpd('vsftpd', served) : await startOurs(served, scratch);
    // vsftpd does not confine whoever runs it as himself: its paths are the system's.
    const base = name === 'vsftpd' ? served.split('/').filter(Boolean) : [];
    try {
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const client of [ours, segmented, lftpClient, rcloneClient]) await measure(name, server, base, client);
      }
    } finally {
      await server.stop();
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const keys = [...new Set(rows.map(({ server, what, client }) => `${server}\t${what}\t${client}`))];
for (const key of keys.sort()) {
  const [server, what, client] = key.split('\t');
  const ms = median(
    rows.filter((row) => row.server === server && row.what === what && row.client === client).map((row) => row.ms),
  );
  const rate =
    what === 'big' ? `${Math.round(bigOctets / 1048.576 / ms)} MiB/s` : `${Math.round((count * 1000) / ms)} files/s`;
  console.log(`${server?.padEnd(8)} ${what?.padEnd(6)} ${client?.padEnd(18)} ${ms.toFixed(0).padStart(7)} ms  ${rate}`);
}
if (values.json) writeFileSync(values.json, JSON.stringify(rows));
