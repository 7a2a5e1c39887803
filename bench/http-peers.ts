/** The web servers that `bench/http.ts` compares, each on its own port over the same files. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accepts, freePort } from './peer-process.ts';

export interface WebPeer {
  readonly name: string;
  readonly http: number;
  /** Undefined: it has none. */
  readonly https: number | undefined;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Place {
  /** The files that are served. */
  readonly site: string;
  /** For configuration. */
  readonly scratch: string;
  /** PEM files of one certificate for all. */
  readonly cert: string;
  readonly key: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await once(child, 'exit');
  clearTimeout(forced);
}

async function started(
  name: string,
  ports: Pick<WebPeer, 'http' | 'https'>,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<WebPeer> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'], cwd: root, env });
  for (const port of [ports.http, ports.https]) if (port !== undefined) await accepts(port);
  return { name, ...ports, pid: child.pid ?? 0, stop: () => stopped(child) };
}

/** Ours. @param flags beside what says where */
export async function startCs(
  name: string,
  { site, cert, key }: Place,
  flags: readonly string[] = [],
): Promise<WebPeer> {
  const [http, https] = [await freePort(), await freePort()];
  const args = ['serve', 'http', 'https', '--port', `http=${http}`, '--port', `https=${https}`, '--files', site];
  const own = ['--cert', cert, '--key', key, '--quiet', '--name', `bench-${http}`, '--connections', '20000'];
  return started(name, { http, https }, process.execPath, ['bin/cs.js', ...args, ...own, ...flags]);
}

export async function startNginx({ site, scratch, cert, key }: Place): Promise<WebPeer> {
  const [http, https] = [await freePort(), await freePort()];
  const config = join(scratch, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${scratch}/nginx.pid; error_log /dev/null; events { worker_connections 20000; }
     http { access_log off; sendfile on; tcp_nopush on; types { text/plain txt; } default_type application/octet-stream;
       client_body_temp_path ${scratch}/b; proxy_temp_path ${scratch}/p; fastcgi_temp_path ${scratch}/f;
       uwsgi_temp_path ${scratch}/u; scgi_temp_path ${scratch}/s; keepalive_requests 1000000;
       server { listen 127.0.0.1:${http}; root ${site}; }
       server { listen 127.0.0.1:${https} ssl http2; ssl_certificate ${cert}; ssl_certificate_key ${key}; root ${site}; } }`,
  );
  return started('nginx, one worker', { http, https }, 'nginx', ['-c', config, '-p', scratch]);
}

export async function startCaddy({ site, scratch, cert, key }: Place): Promise<WebPeer> {
  const [http, https] = [await freePort(), await freePort()];
  const config = join(scratch, 'Caddyfile');
  writeFileSync(
    config,
    `{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:${http} {\n root * ${site}\n file_server\n}\n` +
      `https://127.0.0.1:${https} {\n tls ${cert} ${key}\n root * ${site}\n file_server\n}\n`,
  );
  const env = { ...process.env, XDG_DATA_HOME: scratch, XDG_CONFIG_HOME: scratch };
  return started('Caddy', { http, https }, 'caddy', ['run', '--config', config, '--adapter', 'caddyfile'], env);
}

/** From npm, installed into `bench/scratch` once. */
function fromNpm(name: string, version: string, bin: string): string {
  const scratch = join(root, 'bench/scratch');
  const path = join(scratch, 'node_modules', name, bin);
  if (!existsSync(path)) {
    mkdirSync(scratch, { recursive: true });
    const args = ['install', '--prefix', scratch, '--no-save', '--no-package-lock', `${name}@${version}`];
    spawnSync('npm', args, { stdio: 'inherit' });
  }
  return path;
}

export async function startSirv({ site }: Place): Promise<WebPeer> {
  const http = await freePort();
  const bin = fromNpm('sirv-cli', '3', 'bin.js');
  const args = [bin, site, '--host', '127.0.0.1', '--port', `${http}`, '--quiet'];
  return started('sirv-cli', { http, https: undefined }, process.execPath, args);
}

export async function startHttpServer({ site }: Place): Promise<WebPeer> {
  const http = await freePort();
  const bin = fromNpm('http-server', '14', 'bin/http-server');
  const args = [bin, site, '-a', '127.0.0.1', '-p', `${http}`, '-s'];
  return started('http-server', { http, https: undefined }, process.execPath, args);
}

/** Milliseconds that it and its children have used. */
export function cpuTime(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((one) => one !== '');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10 + children.reduce((sum, one) => sum + cpuTime(Number(one)), 0);
}

/** MiB in memory, children included. */
export function residentMiB(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((one) => one !== '');
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024 + children.reduce((sum, one) => sum + residentMiB(Number(one)), 0);
}

/** The process that answers: a child, where there is one. */
export function workerOf(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return child === '' ? pid : Number(child);
}
