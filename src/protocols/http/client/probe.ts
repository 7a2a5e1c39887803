/** What a web server shows to anybody: versions, TLS, methods, codings, ranges, logins, and the headers that protect. */
import type { TlsFacts } from '../../../contracts/connection.ts';
import { type ExchangeResponse, type FieldLines, field } from '../../../contracts/exchange.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { ClientContext, Dial } from '../../../contracts/protocol.ts';
import type { clientOptions } from '../client-options.ts';
import { Agent } from './agent.ts';
import { challengesOf } from './challenge.ts';

type Facts = { readonly [key: string]: Json };

const CODINGS = ['br', 'gzip', 'deflate', 'zstd'] as const;
const PROTECTING = [
  'strict-transport-security',
  'content-security-policy',
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
  'permissions-policy',
  'cross-origin-resource-policy',
] as const;

export async function probe(dial: Dial, ctx: ClientContext<typeof clientOptions>): Promise<Facts> {
  await using agent = anonymous(dial, ctx);
  const response = await ask(agent, 'GET', [['Accept-Encoding', 'identity']]);
  const { conn } = agent.last ?? {};
  const timings = response.timings();
  const options = await ask(agent, 'OPTIONS').catch(() => undefined);
  const { headers } = response;
  return {
    status: response.status,
    server: field(headers, 'server') ?? null,
    address: conn?.peer.address ?? null,
    http: response.version,
    protocols: await protocols(dial, ctx, response),
    tls: shownTls(conn?.tls),
    redirect: field(headers, 'location') ?? null,
    methods: words(field(options?.headers ?? [], 'allow') ?? field(headers, 'allow')),
    compression: await codings(agent),
    ranges: field(headers, 'accept-ranges')?.toLowerCase().includes('bytes') ?? false,
    etag: field(headers, 'etag') !== undefined,
    auth: challengesOf(headers).map(({ scheme, parameters }) =>
      [scheme, parameters.get('algorithm') ?? ''].join(' ').trim(),
    ),
    dav: field(options?.headers ?? [], 'dav') ?? null,
    tus: field(options?.headers ?? [], 'tus-version') ?? null,
    alt_svc: field(headers, 'alt-svc') ?? null,
    security: Object.fromEntries(PROTECTING.map((name) => [name.replaceAll('-', '_'), field(headers, name) ?? null])),
    connect_ms: rounded(timings.connect),
    tls_ms: rounded(timings.tls),
    latency_ms: rounded(timings.first - timings.name - timings.connect - timings.tls),
  };
}

/** No login, no redirect: what stands at this very URL. */
function anonymous(dial: Dial, { target, options, signal }: ClientContext<typeof clientOptions>): Agent {
  return new Agent({
    ...{ dial, signal },
    target: { ...target, user: undefined, password: undefined },
    version: options.http,
    login: 'any',
    plaintext: false,
    redirects: 0,
    downgrade: false,
    connections: 1,
    limits: { size: Number.MAX_SAFE_INTEGER, ratio: 1 },
  });
}

async function ask(agent: Agent, method: string, headers: FieldLines = []): Promise<ExchangeResponse> {
  const response = await agent.send({ method, headers, raw: true });
  await response.discard();
  return response;
}

/** Both versions are tried; over clear text there is only one. */
async function protocols(dial: Dial, { target }: ClientContext, { version }: ExchangeResponse): Promise<string[]> {
  if (target.tls !== 'implicit') return [`http/${version}`];
  const spoken: string[] = [];
  for (const name of ['h2', 'http/1.1']) {
    try {
      const conn = await dial(target, { alpn: [name] });
      if (conn.tls?.alpn === name || (conn.tls?.alpn === undefined && name === 'http/1.1')) spoken.push(name);
      await conn.close();
    } catch {
      // Turned away by ALPN: that one is not spoken.
    }
  }
  return spoken;
}

async function codings(agent: Agent): Promise<string[]> {
  const spoken: string[] = [];
  for (const coding of CODINGS) {
    const { headers } = await ask(agent, 'GET', [['Accept-Encoding', coding]]);
    if (words(field(headers, 'content-encoding')).includes(coding)) spoken.push(coding);
  }
  return spoken;
}

function words(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function shownTls(tls: TlsFacts | undefined): Json {
  return tls ? { version: tls.version, cipher: tls.cipher, alpn: tls.alpn ?? null } : null;
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
