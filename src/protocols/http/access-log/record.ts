/** One answered request as one line: combined log format, or JSON. Nothing that a client writes can end the line or begin one. */
import { redact } from '../../../kit/secret.ts';
import type { Answered } from '../../shared/http/answered.ts';
import { userOf } from '../record.ts';

export type LineOf = (exchange: Answered, now: Date) => string;

/** Characters of one text that are kept: a record stays under 8 KiB, escaped. */
const TARGET = 1500;
const HEADER = 300;
/** Parameters whose values are secrets, or as good as one. */
const SECRET = /([?&;][^=&;#]*(?:token|secret|passw|key|sig|auth|session|code|upload)[^=&;#]*=)[^&;#]*/gi;

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `10.0.0.7 - ann [25/Nov/2026:23:10:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"`: what log analysers read. */
export const combinedLine: LineOf = (exchange, now) => {
  const { conn, method, version, status, octets, headers } = exchange;
  const user = userOf(exchange);
  const who = `${conn.peer.address} - ${user === '' ? '-' : escaped(user).replaceAll(' ', '\\x20')}`;
  const line = `${escaped(cut(method, 40))} ${escaped(target(exchange))} HTTP/${version}`;
  const told = ['referer', 'user-agent'].map((name) => `"${escaped(shown(headers, name) ?? '-')}"`);
  return `${who} [${stamp(now)}] "${line}" ${status} ${octets === 0 ? '-' : octets} ${told.join(' ')}\n`;
};

/** `cs.access/1`, the same facts and how long it took. */
export const jsonLine: LineOf = (exchange, now) => {
  const { conn, method, version, status, octets, ms, headers } = exchange;
  const user = userOf(exchange);
  const record = {
    schema: 'cs.access/1',
    ts: now.toISOString(),
    conn: conn.id,
    peer: conn.peer.address,
    user: user === '' ? null : cut(user, HEADER),
    method: cut(method, 40),
    target: target(exchange),
    version,
    status,
    octets,
    duration_ms: Math.round(ms * 1000) / 1000,
    referer: shown(headers, 'referer') ?? null,
    user_agent: shown(headers, 'user-agent') ?? null,
  };
  // JSON leaves C1, bidi and line separators as they are; a log is read on terminals too.
  return `${JSON.stringify(record).replace(/[\u007f-\uffff]/g, unicode)}\n`;
};

function unicode(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function target({ target: text }: Answered): string {
  return cut(safe(text), TARGET);
}

function shown(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]!.toLowerCase() === name) return cut(safe(headers[at + 1]!), HEADER);
  }
  return undefined;
}

function safe(text: string): string {
  return redact(text.replace(SECRET, '$1***'));
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

/** As web servers do: quotes and backslashes behind a backslash, other octets than printable ASCII as `\xhh`. */
function escaped(text: string): string {
  return text.replace(/["\\]|[^\x20-\x7e]/g, (unit) => {
    if (unit === '"' || unit === '\\') return `\\${unit}`;
    const octets = unit.charCodeAt(0) < 0x100 ? [unit.charCodeAt(0)] : [...Buffer.from(unit)];
    return octets.map((octet) => `\\x${octet.toString(16).padStart(2, '0')}`).join('');
  });
}

function stamp(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(now.getUTCDate())}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}`;
  return `${day}:${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())} +0000`;
}
