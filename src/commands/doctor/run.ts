/** What this machine is like, for a bug report and for a newcomer. Changes nothing. */
import { readFileSync } from 'node:fs';
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asCsError, CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { importSqlite, SQLITE_PACKAGE } from '../../kit/sqlite.ts';
import { caDirectory } from '../../net/ca-directory.ts';
import { protocols } from '../../registry.ts';
import type { CommandContext } from '../command.ts';
import { settle } from '../context.ts';

type Grade = 'ok' | 'warn' | 'fail';
interface Finding {
  readonly check: string;
  readonly grade: Grade;
  readonly said: string;
}

const grade = (check: string, fine: boolean, said: string, otherwise: Grade = 'warn'): Finding => ({
  check,
  grade: fine ? 'ok' : otherwise,
  said,
});

function bindable(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function ports(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const protocol of protocols.filter((one) => !one.hidden)) {
    for (const [scheme, { dev }] of Object.entries(protocol.schemes)) {
      const problem = await bindable('127.0.0.1', dev);
      findings.push(grade(`port ${dev} (${scheme})`, problem === undefined, problem === undefined ? 'free' : problem));
    }
  }
  return findings;
}

function openFiles(): Finding {
  try {
    const [, soft = '0'] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const enough = soft === 'unlimited' || Number(soft) >= 2048;
    return grade('open files', enough, `${soft}${enough ? '' : ': fewer than 1,000 connections per server will fit'}`);
  } catch {
    return grade('open files', true, 'not told by this system');
  }
}

/** Read as the servers would read it. */
async function configuration({ options, env, commands }: CommandContext): Promise<Finding> {
  const serve = commands.find(({ path }) => path === 'serve');
  if (serve === undefined) throw new CsError('CS_BUG', 'no cs serve');
  const { config, profile } = options;
  const named = {
    ...(config === undefined ? {} : { config: [config] }),
    ...(profile === undefined ? {} : { profile: [profile] }),
  };
  try {
    const { files } = await settle(serve, { flags: named, operands: [], rest: [], help: false }, env, process.cwd());
    return grade('configuration', true, files.join(', ') || 'no cs.yaml');
  } catch (error) {
    const { message, hint } = asCsError(error);
    return grade('configuration', false, escapeLine(hint === undefined ? message : `${message} (${hint})`), 'fail');
  }
}

async function clock(): Promise<Finding> {
  const year = new Date().getUTCFullYear();
  return grade('clock', year >= 2025 && year < 2100, new Date().toISOString(), 'fail');
}

async function temporary(): Promise<Finding> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'cs-doctor-'));
    await writeFile(join(folder, 'probe'), 'x', { mode: 0o600 });
    await rm(folder, { recursive: true });
    return grade('temporary files', true, tmpdir());
  } catch (error) {
    return grade('temporary files', false, asCsError(error).message, 'fail');
  }
}

async function home(env: CommandContext['env']): Promise<Finding> {
  const folder = env.HOME ?? '';
  const writable = await access(folder || '/nonexistent', constants.W_OK).then(
    () => true,
    () => false,
  );
  return grade(
    'home directory',
    writable,
    writable ? folder : `${folder || 'none'}: certificates will live in memory only`,
  );
}

async function sqlite(): Promise<Finding> {
  try {
    const { name, module } = await importSqlite();
    const { DatabaseSync } = module as { DatabaseSync: new (path: string) => { close(): void } };
    new DatabaseSync(':memory:').close();
    return grade('SQLite (for --data)', true, name);
  } catch {
    return grade('SQLite (for --data)', false, `neither node:sqlite nor ${SQLITE_PACKAGE} loads; memory only`);
  }
}

/** Libraries that begin TLS wherever it is offered fail on an authority that they do not know, and name no way out. */
async function authority(env: CommandContext['env']): Promise<Finding> {
  const check = 'local authority';
  const path = join(caDirectory(env), 'ca.pem');
  const pem = await readFile(path, 'utf8').catch(() => undefined);
  if (pem === undefined) return grade(check, true, 'none yet: the first server that offers TLS makes it');
  const known = await readFile(env.NODE_EXTRA_CA_CERTS ?? '', 'utf8').catch(() => '');
  const trusted = known.includes(pem.trim());
  const otherwise = `${path} is not in NODE_EXTRA_CA_CERTS: mail libraries that begin TLS by themselves fail (cs cert trust, or cs serve --tls off)`;
  return grade(check, trusted, trusted ? `${path}, in NODE_EXTRA_CA_CERTS` : otherwise);
}

export async function run(ctx: CommandContext): Promise<number> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const six = await bindable('::1', 0);
  const findings = [
    grade('cs', true, ctx.version),
    grade(
      'node',
      major > 20 || (major === 20 && minor >= 20),
      `${process.version} (20.20 or newer; 24 recommended)`,
      'fail',
    ),
    grade('IPv6 loopback', six === undefined, six === undefined ? '::1' : `${six}: servers listen on 127.0.0.1 alone`),
    grade(
      'user',
      process.getuid?.() !== 0,
      process.getuid?.() === 0 ? 'root: use --run-as with --standard-ports' : 'not root',
    ),
    openFiles(),
    await configuration(ctx),
    await clock(),
    await temporary(),
    await home(ctx.env),
    await sqlite(),
    await authority(ctx.env),
    ...(await ports()),
  ];
  const failed = findings.some((finding) => finding.grade === 'fail');
  await ctx.ui.result(
    { schema: 'cs.doctor/1', ok: !failed, checks: findings.map((finding) => ({ ...finding })) },
    (paint) => {
      const colours = { ok: paint.green, warn: paint.yellow, fail: paint.red };
      return findings
        .map(({ check, grade: at, said }) => `${colours[at](at.padEnd(4))}  ${check.padEnd(24)} ${said}`)
        .join('\n');
    },
  );
  return failed ? 1 : 0;
}
