import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Connection } from '../../../contracts/connection.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { CsError } from '../../../kit/errors.ts';
import { httpDate } from './date.ts';
import { FileContent } from './file-content.ts';
import { HttpRefusal, statusOf } from './refusal.ts';

export type Content = string | Uint8Array | FileContent | AsyncIterable<string | Uint8Array>;

/** An answer as data. Whoever makes it does not know the socket. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>>;
  /** A stream is written piece by piece, each one at once, as fast as the client reads. */
  readonly body?: Content;
  /** Octets of a streamed body, where known. */
  readonly length?: number;
  /** Somebody's content, not words of ours: our policy for pages, referrers and caches does not go with it. */
  readonly content?: true;
}

/** On every answer unless it says otherwise: it is no page, loads nothing, and is what its type says. */
const SECURITY: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
/** Beside somebody else's content. */
export const CONTENT_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export function jsonReply(value: Json, status = 200): Reply {
  const body = `${JSON.stringify(value)}\n`;
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body };
}

/** One JSON value a line, sent as soon as it is there. */
export function ndjsonReply(values: AsyncIterable<Json | undefined>): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/x-ndjson' }, body: lines(values) };
}

/** `undefined` is a heartbeat: an empty line. */
async function* lines(values: AsyncIterable<Json | undefined>): AsyncGenerator<string> {
  for await (const value of values) yield value === undefined ? '\n' : `${JSON.stringify(value)}\n`;
}

/** A failure as an answer; what is our own fault says no more than that. */
export function failureReply(error: CsError): Reply {
  const status = statusOf(error);
  const headers = error instanceof HttpRefusal ? error.headers : {};
  if (status === 204) return { status, headers };
  const own = status === 500;
  const reply = jsonReply(
    {
      schema: 'cs.error/1',
      code: own ? 'CS_BUG' : error.code,
      message: own ? 'internal error' : error.message,
      hint: (own ? undefined : error.hint) ?? null,
    },
    status,
  );
  return { ...reply, headers: { ...reply.headers, ...headers, ...(status === 503 ? { 'Retry-After': '1' } : {}) } };
}

/**
 * Writes it to the end; resolves when the client has it or is gone, to the octets of content that it was given. Throws what
 * the body's source throws.
 */
export async function writeReply(
  response: ServerResponse,
  reply: Reply,
  conn: Connection,
  how: { readonly head: boolean; readonly last: boolean; readonly minimumRate: number },
): Promise<number> {
  const { body = '', status } = reply;
  const headers = replyHeaders(reply);
  if (how.last || (headers.Connection !== undefined && !response.shouldKeepAlive)) headers.Connection = lastOf(headers);
  response.writeHead(status, headers as Record<string, string | number | string[]>);
  let octets = 0;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    conn.deadline(0, how.minimumRate);
    response.end(how.head ? undefined : body);
    if (!how.head) octets = lengthOf(reply) ?? 0;
  } else if (how.head) {
    response.end();
    if (body instanceof FileContent) await body[Symbol.asyncDispose]();
    else await body[Symbol.asyncIterator]().return?.();
  } else if (body instanceof FileContent) {
    octets = await body.writeTo(response, conn, how.minimumRate);
    conn.deadline(0, how.minimumRate);
    response.end();
  } else {
    response.flushHeaders();
    for await (const chunk of body) {
      if (response.destroyed) return octets;
      octets += chunk.length;
      if (!response.write(chunk)) await drained(response, conn, how.minimumRate);
    }
    conn.deadline(0, how.minimumRate);
    response.end();
  }
  await closed(response);
  return octets;
}

/** All that is said before the content, but what its connection adds. */
export function replyHeaders(reply: Reply): Record<string, string | number | readonly string[]> {
  const headers: Record<string, string | number | readonly string[]> = {};
  const { headers: own = {}, content } = reply;
  const always = content ? CONTENT_HEADERS : SECURITY;
  // One by one: spreading a second object costs thirty times as much.
  for (const name in always) headers[name] = always[name]!;
  for (const name in own) headers[name] = own[name]!;
  const length = lengthOf(reply);
  if (length !== undefined && reply.status !== 204 && reply.status !== 304) headers['Content-Length'] = length;
  return headers;
}

/** What is said of the connection that ends; who names another protocol says so here too (RFC 9110 section 7.8). */
function lastOf(headers: Reply['headers']): string {
  return headers?.Upgrade === undefined ? 'close' : 'Upgrade, close';
}

/** Octets of the content; undefined where only its end will tell. */
function lengthOf({ body = '', length }: Reply): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array || body instanceof FileContent ? body.length : length;
}

/** A client that reads slower than the minimum rate meets the connection's deadline. */
async function drained(response: ServerResponse, conn: Connection, minimumRate: number): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return;
  conn.deadline(0, minimumRate);
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
  conn.deadline(0);
}

function closed(response: ServerResponse): Promise<void> {
  if (response.closed || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once('close', () => resolve()));
}

/** An answer without `node:http`, where it has given up on the request. */
export function rawReply(error: CsError): string {
  const { status, headers = {}, body = '' } = failureReply(error);
  const length = Buffer.byteLength(String(body));
  const date = httpDate(Date.now());
  const all = { ...SECURITY, ...headers, 'Content-Length': length, Date: date, Connection: lastOf(headers) };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${head.join('')}\r\n${String(body)}`;
}
