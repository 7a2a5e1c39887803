import type { Readable, Writable } from 'node:stream';
import type { Connection } from '../../../contracts/connection.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { Admitted, RequestHead } from './admission.ts';
import type { Authority } from './authority.ts';
import { type BodyLimits, collect, type Pace, readBody } from './body.ts';
import { parseJson } from './json.ts';
import type { Path } from './path.ts';
import { HttpRefusal } from './refusal.ts';
import type { HttpRequest } from './route.ts';

const JSON_BYTES = 1024 * 1024;
const NO_PARAMS: ReadonlyMap<string, string> = new Map();

export interface RequestParts {
  readonly head: RequestHead;
  readonly content: Readable;
  /** What its answer is written to; absent for an upgrade. */
  readonly response?: Writable;
  /** Says 100 Continue. */
  readonly proceed?: () => void;
  readonly conn: Connection;
  readonly pace: Pace;
  readonly admitted: Admitted;
  readonly limits: BodyLimits;
}

/** A request that was admitted. What few routes ask for is made when they ask. */
export class AdmittedRequest implements HttpRequest {
  readonly method: string;
  readonly path: Path;
  readonly directory: boolean;
  readonly search: string;
  readonly authority: Authority;
  readonly conn: Connection;
  params = NO_PARAMS;
  notes: { readonly [key: string]: Json } | undefined;
  readonly #parts: RequestParts;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;

  constructor(parts: RequestParts) {
    const { path, directory, search, authority } = parts.admitted;
    this.#parts = parts;
    this.method = parts.head.method ?? '';
    this.path = path;
    this.directory = directory;
    this.search = search;
    this.authority = authority;
    this.conn = parts.conn;
  }

  get target(): string {
    return this.#parts.head.url ?? '';
  }

  get rawHeaders(): readonly string[] {
    return this.#parts.head.rawHeaders;
  }

  note(facts: { readonly [key: string]: Json }): void {
    this.notes = { ...this.notes, ...facts };
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.search);
    return this.#query;
  }

  get signal(): AbortSignal {
    this.#abort ??= aborted(this.#parts);
    return this.#abort.signal;
  }

  header(name: string): string | undefined {
    const { headers } = this.#parts.head;
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  body(bytes?: number): AsyncIterable<Uint8Array> {
    const { head, content, pace, proceed, limits } = this.#parts;
    return readBody(head.headers, content, pace, bytes === undefined ? limits : { ...limits, bytes }, () => {
      if (head.headers.expect !== undefined) proceed?.();
    });
  }

  async json(): Promise<Json> {
    const type = this.header('content-type')?.split(';')[0]?.trim().toLowerCase();
    const bytes = await collect(this.body(JSON_BYTES));
    if (bytes.length === 0) return {};
    // A form of another page can send any other type without asking.
    if (type !== 'application/json') throw new HttpRefusal(415, 'the content must be application/json');
    return parseJson(bytes);
  }
}

function aborted({ response, conn }: RequestParts): AbortController {
  const controller = new AbortController();
  if (response === undefined) {
    if (conn.signal.aborted) controller.abort(conn.signal.reason);
    conn.signal.addEventListener('abort', () => controller.abort(conn.signal.reason), { once: true });
  } else if (response.closed || response.destroyed) controller.abort();
  else response.once('close', () => controller.abort());
  return controller;
}
