/** The ready object of surface.md section 7, and what people get instead. */
import type { Json } from '../../contracts/journal.ts';
import type { Family, Scheme } from '../../contracts/protocol.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration } from '../../kit/units.ts';
import type { Paint, Result } from '../../ui/ui.ts';
import type { CommandContext } from '../command.ts';
import type { Exposure, TlsMode } from './exposure.ts';
import type { Service } from './services.ts';

export interface ReadyServer {
  readonly id: string;
  readonly protocol: string;
  readonly host: string;
  readonly hosts: readonly string[];
  readonly port: number;
  readonly url: string;
  /** The word in `CS_WORD_URL`. */
  readonly exported: string;
  readonly family: Family;
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly auth: 'any' | 'required';
  readonly limits: { readonly [key: string]: Json };
}

export interface ReadyFacts {
  readonly name: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly startupMs: number;
  readonly store: OpenStore['info'];
  readonly socket: string | null;
  readonly exposure: Exposure;
  readonly servers: readonly ReadyServer[];
  /** What web and file services stand on, and whether clients may change it; absent where there is none. */
  readonly files?: { readonly root: string; readonly changes: boolean };
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Processes that serve, where it is not this one. */
  readonly workers?: number;
  /** Addresses that mail may leave for; absent where none leaves. */
  readonly leaving?: readonly string[];
}

export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `smtp` → `CS_SMTP_URL`, and its parts. */
export function serverEnv(server: ReadyServer, credentials: ReadyFacts['credentials']): Record<string, string> {
  const prefix = `CS_${server.exported}`;
  const parts: Record<string, string> = {
    [`${prefix}_URL`]: server.url,
    [`${prefix}_HOST`]: server.host,
    [`${prefix}_PORT`]: String(server.port),
  };
  if (credentials) {
    parts[`${prefix}_USER`] = credentials.user;
    parts[`${prefix}_PASSWORD`] = credentials.password;
  }
  return parts;
}

export function readyObject(facts: ReadyFacts): Result {
  return {
    schema: 'cs.ready/1',
    event: 'ready',
    name: facts.name,
    pid: process.pid,
    version: facts.version,
    started_at: facts.startedAt.toISOString(),
    startup_ms: facts.startupMs,
    data: { ...facts.store },
    control: { socket: facts.socket, url: null },
    exposure: facts.exposure,
    ...(facts.workers ? { workers: facts.workers } : {}),
    ...(facts.leaving ? { leaving: facts.leaving } : {}),
    servers: facts.servers.map(({ exported: _exported, family: _family, ...server }) => server),
    env: Object.fromEntries(facts.servers.map((server) => [`CS_${server.exported}_URL`, server.url])),
  };
}

const DATA: Readonly<Record<OpenStore['info']['durability'], string>> = {
  none: 'in memory',
  process: 'survives kill -9, not power loss',
  disk: 'synced before it is acknowledged',
};

/** The banner (surface.md section 7). */
export function banner(facts: ReadyFacts, paint: Paint): string {
  const reach = facts.exposure === 'loopback' ? 'loopback only' : paint.yellow('open to the network');
  const data =
    facts.store.dir === null ? 'data in memory' : `data in ${facts.store.dir}, ${DATA[facts.store.durability]}`;
  const wide = Math.max(...facts.servers.map((server) => server.url.length));
  const rows = facts.servers.map((server) => {
    const tls = server.tls === 'none' ? '' : `, ${server.tls === 'implicit' ? 'TLS' : 'STARTTLS'}`;
    const words = `${loginWords(server, facts.leaving)}${tls}`;
    return `  ${label(server).padEnd(11)} ${paint.bold(server.url.padEnd(wide))}   ${paint.dim(words)}`;
  });
  const { files } = facts;
  if (files) {
    const changes = files.changes ? 'clients may change them' : 'read only; --write lets clients change them';
    rows.push(`  ${'Files'.padEnd(11)} ${paint.bold(escapeLine(files.root).padEnd(wide))}   ${paint.dim(changes)}`);
  }
  return [
    `cs ${facts.version}  ready in ${showDuration(facts.startupMs)}  (${reach}, ${data}${facts.workers ? `, ${facts.workers} workers` : ''})`,
    '',
    ...rows,
    '',
    `  try         ${attempt(facts.servers)}`,
    '  stop        Ctrl-C',
    '',
  ].join('\n');
}

/** `SMTP`, what its scheme is called too; else a word: `Inbox`. */
function label({ id, url }: ReadyServer): string {
  return url.startsWith(id) ? id.toUpperCase() : `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`;
}

function loginWords({ auth, family, protocol }: ReadyServer, leaving: readonly string[] = []): string {
  const out = leaving.length === 0 ? 'nothing is sent out' : `mail leaves for ${leaving.join(' ')}`;
  if (auth === 'required')
    return family === 'mail' && protocol !== 'http' && leaving.length > 0 ? `accounts only, ${out}` : 'accounts only';
  if (family === 'web' || protocol === 'http') return 'open in a browser, no login needed';
  return family === 'mail' ? `any login accepted, ${out}` : 'any login accepted';
}

/** A command that shows something at once. */
function attempt(servers: readonly ReadyServer[]): string {
  const mail = servers.find((server) => server.protocol === 'smtp');
  if (mail) {
    const where = mail.port === 1025 ? '' : ` ${mail.url}`;
    return `cs send mail${where} --to you@example.test --subject hi --text hello`;
  }
  return `cs ls ${servers[0]?.url ?? ''}`;
}

/** `SMTP` in `CS_SMTP_URL`. */
export function exportedName(id: string, scheme: Scheme): string {
  return scheme.exported ?? id.replaceAll('-', '_').toUpperCase();
}

const TLS_SHOWN = { off: 'none', offered: 'starttls', required: 'starttls', implicit: 'implicit' } as const;

/** One server as the ready line shows it. */
export function readyServer(
  door: { readonly hosts: readonly string[]; readonly port: number },
  service: Service,
  tls: TlsMode,
  ctx: Pick<CommandContext, 'options' | 'sections'>,
): ReadyServer {
  const { scheme } = service;
  const host = door.hosts[0] ?? '127.0.0.1';
  const shown = scheme.secured !== undefined && tls === 'implicit' ? scheme.secured : (scheme.shown ?? service.id);
  const limits: Record<string, number> = {};
  const section = ctx.sections[service.protocol.name] ?? {};
  for (const [name, key] of Object.entries(service.protocol.readyLimits ?? {})) limits[name] = Number(section[key]);
  return {
    id: service.id,
    protocol: scheme.shown ?? service.protocol.name,
    host,
    hosts: door.hosts,
    port: door.port,
    url: `${shown}://${urlHost(host)}:${door.port}${scheme.rooted ? '/' : ''}`,
    exported: exportedName(service.id, scheme),
    family: service.protocol.family,
    tls: TLS_SHOWN[tls],
    auth: ctx.options.auth,
    limits: { ...limits, connections: ctx.options.connections },
  };
}
