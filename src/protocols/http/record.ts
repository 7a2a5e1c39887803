/** The journal's fact `request`: what `cs wait request` and the captured requests are made of. The one place that makes it. */
import type { Journal, Json } from '../../contracts/journal.ts';
import type { Log } from '../../contracts/store.ts';
import type { Answered } from '../shared/http/answered.ts';
import type { CanonicalPath } from '../shared/http/path.ts';

export type RecordWhich = 'all' | 'captured' | 'none';

export interface RecordTo {
  readonly journal: Pick<Journal, 'add'>;
  readonly server: string;
  readonly which: RecordWhich;
  readonly log: Log;
}

/** Characters of a target or of one header's value that are kept. */
const KEPT = 2048;
/** What a header of this name says is a secret. */
const SECRET =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth-token)$|token|secret|password/i;

/** Notes that a handler made (`request.notes`) stand beside the rest; `captured` among them marks one that is kept by `captured`. */
export function recorder({ journal, server, which, log }: RecordTo): ((exchange: Answered) => void) | undefined {
  if (which === 'none') return undefined;
  return (exchange) => {
    const notes = exchange.request?.notes;
    if (which === 'captured' && notes?.captured === undefined) return;
    journal
      .add({ event: 'request', server, conn: exchange.conn.id, ...requestFacts(exchange), ...notes })
      .catch((error) => {
        log('error', 'journal.failed', { server, event: 'request', message: (error as Error).message });
      });
  };
}

function requestFacts({ conn, method, target, version, status, octets, ms, headers, named }: Answered) {
  const at = target.indexOf('?');
  const raw = at === -1 ? target : target.slice(0, at);
  return {
    peer: conn.peer.address,
    user: conn.user ?? null,
    method,
    path: (named && /%|\/\//.test(raw) ? showTarget(named) : raw).slice(0, KEPT),
    query: at === -1 ? '' : target.slice(at + 1, at + 1 + KEPT),
    version,
    status,
    octets,
    duration_ms: Math.round(ms * 1000) / 1000,
    headers: shown(headers),
  };
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
