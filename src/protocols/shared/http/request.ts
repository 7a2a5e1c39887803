import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../../../contracts/connection.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { Admitted } from './admission.ts';
import { collect, readBody } from './body.ts';
import { parseJson } from './json.ts';
import { HttpRefusal } from './refusal.ts';
import type { HttpRequest } from './route.ts';

const JSON_BYTES = 1024 * 1024;

export interface RequestParts {
  readonly message: IncomingMessage;
  /** Absent for an upgrade. */
  readonly response?: ServerResponse;
  readonly conn: Connection;
  readonly admitted: Admitted;
  readonly limits: { readonly bodyBytes: number; readonly minimumRate: number; readonly handshakeTime: number };
  /** Called when the content is about to be read: the moment for 100 Continue. */
  readonly begin: () => void;
}

export function createRequest({
  message,
  response,
  conn,
  admitted,
  limits,
  begin,
}: RequestParts): Omit<HttpRequest, 'params'> {
  const { headers, method = '' } = message;
  let abort: AbortController | undefined;
  const body = (bytes = limits.bodyBytes): AsyncIterable<Uint8Array> =>
    readBody(message, conn, { bytes, minimumRate: limits.minimumRate, grace: limits.handshakeTime }, begin);
  const request = {
    ...admitted,
    method,
    conn,
    header(name: string): string | undefined {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body,
    async json(): Promise<Json> {
      const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
      const bytes = await collect(body(JSON_BYTES));
      if (bytes.length === 0) return {};
      // A form of another page can send any other type without asking.
      if (type !== 'application/json') throw new HttpRefusal(415, 'the content must be application/json');
      return parseJson(bytes);
    },
  };
  Object.defineProperty(request, 'signal', {
    enumerable: true,
    get() {
      abort ??= aborted(response, conn);
      return abort.signal;
    },
  });
  return request as Omit<HttpRequest, 'params'>;
}

function aborted(response: ServerResponse | undefined, conn: Connection): AbortController {
  const controller = new AbortController();
  if (response === undefined) {
    if (conn.signal.aborted) controller.abort(conn.signal.reason);
    conn.signal.addEventListener('abort', () => controller.abort(conn.signal.reason), { once: true });
  } else if (response.closed || response.destroyed) controller.abort();
  else response.once('close', () => controller.abort());
  return controller;
}
