/** The journal's fact `request`: what `cs wait request` and the captured requests are made of. The one place that makes it. */
import type { Connection } from '../../contracts/connection.ts';
import type { JotForm, JotOf, Journal, Json, NewFact } from '../../contracts/journal.ts';
import type { Log } from '../../contracts/store.ts';
import type { Answered } from '../shared/http/answered.ts';
import type { CanonicalPath } from '../shared/http/path.ts';

export type RecordWhich = 'all' | 'captured' | 'none';

export interface RecordTo {
  readonly journal: Pick<Journal, 'add' | 'jot' | 'durable'>;
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
  const heads = new KnownHeads(server);
  const whoms = new WeakMap<Connection, Whom>();
  const whomOf = (exchange: Answered): Whom => {
    let whom = whoms.get(exchange.conn);
    const user = userOf(exchange);
    if (whom === undefined || whom.user !== user) {
      whom = { conn: exchange.conn.id, peer: exchange.conn.peer.address, user };
      whoms.set(exchange.conn, whom);
    }
    return whom;
  };
  return (exchange) => {
    const notes = exchange.request?.notes;
    if (which === 'captured' && notes?.captured === undefined) return;
    if (journal.durable && onlyRead(exchange)) return;
    const { status, octets, ms } = exchange;
    const [head, whom] = [heads.of(exchange), whomOf(exchange)];
    if (journal.jot && notes === undefined) journal.jot(REQUEST, head, whom, status, octets, ms);
    else journal.add({ ...REQUEST.whole(head, whom, status, octets, ms), ...notes }).catch(failed);
  };
}

function onlyRead({ method, status, request }: Answered): boolean {
  return (method === 'GET' || method === 'HEAD') && status < 400 && request?.notes === undefined;
}

/** What a head says; the same for all requests with the same lines. */
interface Head extends JotOf {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly version: string;
  readonly headers: Json;
}

/** Whom a request came from; '' is nobody. */
interface Whom {
  readonly conn: string;
  readonly peer: string;
  readonly user: string;
}

const REQUEST: JotForm<Head, Whom> = {
  event: 'request',
  whole: (head, whom, status, octets, ms): NewFact => ({
    event: 'request',
    server: head.server,
    conn: whom.conn,
    peer: whom.peer,
    user: whom.user || null,
    method: head.method,
    path: head.path,
    query: head.query,
    version: head.version,
    status,
    octets,
    duration_ms: Math.round(ms * 1000) / 1000,
    headers: head.headers,
  }),
};

/** What this protocol jots. */
export const forms = [REQUEST];

/** Octets of a head that is known again, and how many heads. */
const LONGEST = 4096;
const REMEMBERED = 1024;

/** The same lines give the same head, so that the facts of many requests share one. */
class KnownHeads {
  readonly #server: string;
  /** An answer that stood ready is given to the very same lines again. */
  readonly #byLines = new WeakMap<readonly string[], Head>();
  readonly #byText = new Map<string, Head>();

  constructor(server: string) {
    this.#server = server;
  }

  of(exchange: Answered): Head {
    if (exchange.request) return this.#like(exchange);
    let head = this.#byLines.get(exchange.headers);
    if (head === undefined) {
      head = readHead(exchange, this.#server);
      this.#byLines.set(exchange.headers, head);
    }
    return head;
  }

  /** No line has its own end in it. */
  #like(exchange: Answered): Head {
    const { method, version, target, headers } = exchange;
    const text = `${method} ${version} ${target}\n${headers.join('\n')}`;
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const head = readHead(exchange, this.#server);
    if (text.length > LONGEST) return head;
    if (this.#byText.size >= REMEMBERED) this.#byText.clear();
    this.#byText.set(text, head);
    return head;
  }
}

function readHead({ method, target, named, version, headers }: Answered, server: string): Head {
  const at = target.indexOf('?');
  const raw = at === -1 ? target : target.slice(0, at);
  const path = (named && /%|\/\//.test(raw) ? showTarget(named) : raw).slice(0, KEPT);
  const query = at === -1 ? '' : target.slice(at + 1, at + 1 + KEPT);
  const texts = headers.reduce((sum, text) => sum + 16 + Math.min(text.length, KEPT), 0);
  const octets = 200 + path.length + query.length + 2 * texts;
  return { server, method, path, query, version, headers: shown(headers), octets, held: 0 };
}

/** Whom a request came from: its own login, or what its connection is; '' is nobody. */
export function userOf({ conn, request }: Pick<Answered, 'conn' | 'request'>): string {
  return (request as { readonly user?: string } | undefined)?.user ?? conn.user ?? '';
}

/** As it was understood: decoded, each slash once. */
function showTarget({ path, directory }: CanonicalPath): string {
  return path.length === 0 ? '/' : `/${path.join('/')}${directory ? '/' : ''}`;
}

/** Lower-case names; several lines of one name as an array; secrets masked. */
function shown(raw: readonly string[]): Json {
  const headers: Record<string, Json> = Object.create(null);
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const value = SECRET.test(name) ? '***' : raw[at + 1]!.slice(0, KEPT);
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return headers;
}
