import type { Json } from '../../contracts/journal.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError, ERRORS, type ErrorCode } from '../../kit/errors.ts';
import { LineBuffer } from '../../kit/lines.ts';
import type { ClientResponse, HttpClient } from '../shared/http/client.ts';

export type Query = Readonly<Record<string, string>>;

/** Octets of one JSON answer, and of one line of a stream. */
const ANSWER = 1024 * 1024;

const UNSATISFIABLE = 416;

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A refusal that is an answer all the same. */
  readonly passing?: number;
}

/** Calls of the control API; a refusal comes back as the error that was thrown there. */
export class Calls {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  get(path: string, query: Query = {}): Promise<Json> {
    return this.#json('GET', path, query);
  }

  delete(path: string, query: Query = {}): Promise<Json> {
    return this.#json('DELETE', path, query);
  }

  post(path: string, body: Json, query: Query = {}): Promise<Json> {
    return this.#json('POST', path, query, JSON.stringify(body));
  }

  /** Octets as they are. */
  send(path: string, query: Query, octets: Uint8Array): Promise<Json> {
    return this.#json('POST', path, query, octets);
  }

  /** The JSON values of an NDJSON answer; heartbeats are left out. */
  async *lines(path: string, query: Query, signal?: AbortSignal): AsyncGenerator<Json> {
    const response = await this.#request('GET', path, query, { signal });
    const lines = new LineBuffer({ max: ANSWER, newline: 'lenient' });
    for await (const chunk of response.body) {
      lines.push(chunk);
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        if (line.length > 0) yield parse(line);
      }
    }
  }

  /** The octets of an answer, or a range of them; nothing where the range lies behind the end. */
  async *bytes(path: string, query: Query, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const { start = 0, end } = range ?? {};
    const last = end === undefined ? '' : String(Math.max(end - 1, start));
    const headers: Record<string, string> = range === undefined ? {} : { Range: `bytes=${start}-${last}` };
    const response = await this.#request('GET', path, query, { headers, passing: UNSATISFIABLE });
    if (response.status === UNSATISFIABLE || (end !== undefined && end <= start)) return void (await whole(response));
    yield* response.body;
  }

  async #json(method: string, path: string, query: Query, body?: string | Uint8Array): Promise<Json> {
    const type = typeof body === 'string' ? 'application/json' : 'message/rfc822';
    const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': type };
    const response = await this.#request(method, path, query, { headers, body });
    return parse(await whole(response));
  }

  async #request(method: string, path: string, query: Query, more: Asked): Promise<ClientResponse> {
    const { signal, body, headers = {}, passing } = more;
    const words = new URLSearchParams({ ...query }).toString();
    const target = words === '' ? path : `${path}?${words}`;
    const response = await this.#http.request(
      { method, target, headers: Object.entries(headers), ...(body === undefined ? {} : { body }) },
      signal,
    );
    if (response.status >= 300 && response.status !== passing) throw refusal(response.status, await whole(response));
    return response;
  }
}

async function whole({ body }: ClientResponse): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER) throw new CsError('CS_PEER_LIMIT', `control API: an answer longer than ${ANSWER} octets`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function parse(bytes: Uint8Array): Json {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
  } catch (cause) {
    throw new CsError('CS_PEER_PROTOCOL', 'control API: the answer is not JSON', { cause });
  }
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'CS_AUTH_REJECTED',
  403: 'CS_UNSAFE',
  404: 'CS_NOT_FOUND',
  410: 'CS_EVICTED',
  503: 'CS_BUSY',
};

/** Of one status with a code that is told apart by clients. */
const FINER: ReadonlySet<string> = new Set<ErrorCode>(['CS_NOT_DIRECTORY', 'CS_IS_DIRECTORY']);

function refusal(status: number, bytes: Uint8Array): CsError {
  const told = tell(bytes);
  const code =
    (FINER.has(told.code) ? (told.code as ErrorCode) : BY_STATUS[status]) ??
    (told.code !== 'CS_BUG' && told.code in ERRORS ? (told.code as ErrorCode) : 'CS_PEER_REFUSED');
  return new CsError(code, told.message || `HTTP ${status}`, told.hint === undefined ? {} : { hint: told.hint });
}

function tell(bytes: Uint8Array): { code: string; message: string; hint?: string } {
  try {
    const { code, message, hint } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
    return { code: String(code), message: String(message), ...(typeof hint === 'string' ? { hint } : {}) };
  } catch {
    return { code: '', message: '' };
  }
}

/** `{"error": ...}` at the end of a stream, thrown. */
export function throwTold(value: Json): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  const { error } = value as { error?: { code?: string; message?: string } };
  if (error === undefined) return;
  const code = error.code !== undefined && error.code in ERRORS ? (error.code as ErrorCode) : 'CS_FAILED';
  throw new CsError(code, String(error.message));
}
