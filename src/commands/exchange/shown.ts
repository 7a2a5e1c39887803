/** An answer as facts and for people: no secret in it, nothing that steers a terminal. */
import type { ExchangeResponse, ExchangeTimings, FieldLines } from '../../contracts/exchange.ts';
import type { Json } from '../../contracts/journal.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration } from '../../kit/units.ts';
import { isSecretHeader } from './header-line.ts';

const MASK = '***';

/** `a=1; Path=/` → `a=***; Path=/`; other secrets as a whole. */
function shownValue(name: string, value: string): string {
  if (/^set-cookie2?$/i.test(name)) return value.replace(/^([^=;]*=)[^;]*/, `$1${MASK}`);
  return isSecretHeader(name) ? MASK : value;
}

/** Lower-case names; several lines of one name are a list. */
export function headersJson(headers: FieldLines, secrets: boolean): Json {
  const all = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    all.set(key, [...(all.get(key) ?? []), secrets ? value : shownValue(name, value)]);
  }
  const single = (values: readonly string[]): Json => (values.length === 1 ? (values[0] ?? '') : values);
  return Object.fromEntries([...all].map(([name, values]) => [name, single(values)]));
}

export function headText({ version, status, reason, headers }: ExchangeResponse): string {
  const lines = headers.map(([name, value]) => `${name}: ${escapeLine(shownValue(name, value))}`);
  return [`HTTP/${version} ${status}${reason === '' ? '' : ` ${escapeLine(reason)}`}`, ...lines].join('\n');
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

export function timingsJson({ name, connect, tls, first, total }: ExchangeTimings): Json {
  return {
    name_ms: rounded(name),
    connect_ms: rounded(connect),
    tls_ms: rounded(tls),
    first_octet_ms: rounded(first),
    total_ms: rounded(total),
  };
}

export function timingsText({ name, connect, tls, first, total }: ExchangeTimings): string {
  const steps: readonly (readonly [string, number])[] = [
    ['name', name],
    ['connect', connect],
    ['TLS', tls],
    ['first octet', first],
    ['total', total],
  ];
  return steps
    .filter(([, ms]) => ms > 0)
    .map(([what, ms]) => `${what} ${showDuration(rounded(ms))}`)
    .join(' · ');
}

export function hopsJson({ hops }: ExchangeResponse): Json {
  return hops.map(({ method, url, status, why }) => ({ method, url, status, why }));
}

/** The way to the answer, and how long its steps took: what `-v` says. */
export function wayText(response: ExchangeResponse): string {
  const { hops, method, url } = response;
  const before = hops.map((hop) => `${hop.method} ${hop.url}: ${hop.status}, ${hop.why}`);
  return escapeLines([...before, `${method} ${url}`, headText(response)].join('\n'));
}

function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeLine(line))
    .join('\n');
}
