/** The journal's fact `request`: what `cs wait request` and the captured requests are made of. The one place that makes it. */
import type { Journal, Json } from '../../contracts/journal.ts';
import type { Log } from '../../contracts/store.ts';
import type { Answered } from '../shared/http/answered.ts';
import type { CanonicalPath } from '../shared/http/path.ts';

export type RecordWhich = 'all' | 'captured' | 'none';

export interface RecordTo {
  readonly journal: Pick<Journal, 'add' | 'durable'>;
  readonly server: string;
  readonly which: RecordWhich;
  readonly log: Log;
}

/** Characters of a target or of one header's value that are kept. */
const KEPT = 2048;
/** What a header of this name says is a secret. */
const SECRET =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth-token)$|token|secret|password/i;

/**
 * Notes that a handler made (`request.notes`) stand beside the rest; `captured` among them marks one that is kept by `captured`.
 * A durable journal is spared what only read a file.
 */
export function recorder({ journal, server, which, log }: RecordTo): ((exchange: Answered) => void) | undefined {
  if (which === 'none') return undefined;
  const failed = (error: Error): void => {
    log('error', 'journal.failed', { server, event: 'request', message: error.message });
  };
  return (exchange) => {
    const notes = exchange.request?.notes;
    if (which === 'captured' && notes?.captured === undefined) return;
    if (journal.durable && onlyRead(exchange)) return;
    const fact = requestFact(exchange, server);
    journal.add(notes ? { ...fact, ...notes } : fact).catch(failed);
  };
}

function onlyRead({ method, status, request }: Answered): boolean {
  return (method === 'GET' || method === 'HEAD') && status < 400 && Object.keys(request?.notes ?? {}).length === 0;
}

/** One literal for all: made for every request, also those that cost little else. */
function requestFact(exchange: Answered, server: string) {
  const { conn, target, named } = exchange;
  const at = target.indexOf('?');
  const raw = at === -1 ? target : target.slice(0, at);
  return {
    event: 'request',
    server,
    conn: conn.id,
    peer: conn.peer.address,
    user: userOf(exchange) || null,
    method: exchange.method,
    path: (named && /%|\/\//.test(raw) ? showTarget(named) : raw).slice(0, KEPT),
    query: at === -1 ? '' : target.slice(at + 1, at + 1 + KEPT),
    version: exchange.version,
    status: exchange.status,
    octets: exchange.octets,
    duration_ms: Math.round(exchange.ms * 1000) / 1000,
    headers: shown(exchange.headers),
  };
}

/** Whom a request came from: its own login, or what its connection is; '' is nobody. */
export function userOf({ conn, request }: Pick<Answered, 'conn' | 'request'>): string {
  return (request as { readonly user?: string } | undefined)?.user ?? conn.user ?? '';
}

/** As it was understood: decoded, each slash once. */
function showTarget({ path, directory }: CanonicalPath): string {
  return path.length === 0 ? '/' : `/${path.join('/')}${directory ? '/' : ''}`;
}

const seen = new WeakMap<readonly string[], Json>();

/** Lower-case names; several lines of one name as an array; secrets masked. Made once for the same lines. */
function shown(raw: readonly string[]): Json {
  const known = seen.get(raw);
  if (known !== undefined) return known;
  const headers: Record<string, Json> = Object.create(null);
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const value = SECRET.test(name) ? '***' : raw[at + 1]!.slice(0, KEPT);
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  seen.set(raw, headers);
  return headers;
}
