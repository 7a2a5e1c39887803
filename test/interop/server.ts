/** A real `cs serve` as its users start it, and the foreign tools to try on it. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** build/test/interop → the checkout. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const CS = join(ROOT, 'bin/cs.js');

const TOOLS = join(process.env.CS_INTEROP_TOOLS ?? join(tmpdir(), 'cs-interop-tools'), 'bin');

/** Where a foreign program is; undefined is said loudly, and is an error where they are required (CI). */
export function tool(name: string): string | undefined {
  for (const folder of [TOOLS, ...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin']) {
    if (existsSync(join(folder, name))) return join(folder, name);
  }
  if (process.env.CS_INTEROP === 'required') throw new Error(`${name} is not installed: sh scripts/interop-tools.sh`);
  console.error(`SKIPPED, LOUDLY: ${name} is not installed (sh scripts/interop-tools.sh)`);
  return undefined;
}

export interface ReadyServer {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

export interface Serving {
  readonly ready: { readonly servers: readonly ReadyServer[]; readonly control: { readonly socket: string } };
  readonly child: ChildProcess;
  readonly data: string;
  readonly state: string;
  port(id: string): number;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Run cs against this instance. */
  cs(...args: string[]): Promise<Ran>;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Never rejects: the exit code is part of what is tested. */
export function sh(
  file: string,
  args: readonly string[],
  how: { input?: string | Buffer; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      { env: { ...process.env, ...how.env }, timeout: how.timeout ?? 60_000, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(how.input ?? '');
  });
}

export async function serve(args: readonly string[], how: { data?: boolean | string } = {}): Promise<Serving> {
  const state = mkdtempSync(join(tmpdir(), 'cs-test-'));
  const data = typeof how.data === 'string' ? how.data : join(state, 'data');
  const full = [
    'serve',
    ...args,
    '--port',
    '0',
    '--json',
    '--name',
    `t${process.pid}-${state.slice(-6)}`,
    ...(how.data ? ['--data', data] : []),
  ];
  const env = { ...process.env, CS_STATE_DIR: join(tmpdir(), `cs-test-state-${process.getuid?.() ?? 0}`) };
  const child = spawn(process.execPath, [CS, ...full], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const lines = createInterface({ input: child.stdout! });
  const ready = await new Promise<Serving['ready']>((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', (code) => reject(new Error(`cs ${full.join(' ')} ended with ${code}: ${said}`)));
  });
  // Events follow; nobody reads them here, and an unread pipe would stop the writer.
  lines.on('line', () => {});
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    ready,
    child,
    data,
    state,
    port: (id) => ready.servers.find((server) => server.id === id)?.port ?? Number.NaN,
    stop: async () => {
      child.kill('SIGTERM');
      const code = await exited;
      rmSync(state, { recursive: true, force: true });
      return code;
    },
    cs: (...more) => sh(process.execPath, [CS, ...more], { env: { ...env, CS_CONTROL: ready.control.socket } }),
  };
}

/** Every message that the instance holds, raw, by id. */
export async function stored(server: Serving): Promise<Map<string, string>> {
  const name = 'cs://local/mail';
  const list = await server.cs('ls', name, '--json');
  if (list.code !== 0) throw new Error(list.stderr);
  const mails = new Map<string, string>();
  for (const line of list.stdout.split('\n').filter(Boolean)) {
    const { id } = JSON.parse(line) as { id: string };
    const got = await server.cs('get', `${name}/${id}`);
    mails.set(id, got.stdout);
  }
  return mails;
}

export function hasPerlModule(name: string): boolean {
  return spawnSync('perl', [`-M${name}`, '-e1']).status === 0;
}
