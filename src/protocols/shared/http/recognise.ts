/**
 * The few requests that need no parser: GET over HTTP/1.1, every octet as expected, nothing in it that asks for more. Whatever
 * is not exactly that is undefined here, and `node:http` decides about it. What is recognised was admitted by the same rules.
 */
import type { Connection } from '../../../contracts/connection.ts';
import { type AdmissionRules, type Admitted, admit } from './admission.ts';

export interface Recognised extends Admitted {
  readonly method: 'GET';
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Lower-case name. */
  header(name: string): string | undefined;
}

const REQUEST_LINE = /^GET (\/[\x21-\x22\x24-\x5b\x5d-\x7e]{0,2000}) HTTP\/1\.1$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\x21-\x7e](?:[\x20-\x7e]{0,4000}[\x21-\x7e])?)$/;
/** These change what the answer is, or how its end is told; `if-modified-since` counts for nothing beside `if-none-match`. */
const ASKS_MORE = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'http2-settings',
  'if-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const MOST_FIELDS = 60;

/** A field that no answer that stands ready takes into account. */
export function asksMore(name: string): boolean {
  return ASKS_MORE.has(name);
}

/** @param head without the empty line at its end */
export function recognise(head: string, conn: Connection, rules: AdmissionRules): Recognised | undefined {
  const [first = '', ...lines] = head.split('\r\n');
  const target = REQUEST_LINE.exec(first)?.[1];
  if (target === undefined || lines.length > MOST_FIELDS) return undefined;
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    if (ASKS_MORE.has(key) || headers[key] !== undefined) return undefined;
    headers[key] = value;
    rawHeaders.push(name, value);
  }
  if (headers.connection !== undefined && headers.connection.toLowerCase() !== 'keep-alive') return undefined;
  if (headers['if-modified-since'] !== undefined && headers['if-none-match'] === undefined) return undefined;
  try {
    const message = { method: 'GET', url: target, httpVersion: '1.1', rawHeaders, headers };
    const admitted = admit(message, conn, rules);
    return { ...admitted, method: 'GET', target, rawHeaders, header: (name) => headers[name] };
  } catch {
    return undefined;
  }
}
