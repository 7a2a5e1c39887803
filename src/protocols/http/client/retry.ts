/** When an answer or a failure is worth another try, and how long to wait before it. */
import { setTimeout as wait } from 'node:timers/promises';
import { type FieldLines, field } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';

/** RFC 9110 section 9.2.2: doing it twice is doing it once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);
const FIRST = 500;
const LONGEST = 30_000;
/** A server that asks for more patience than this is taken at its word: it is not asked again. */
const PATIENCE = 600_000;

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Milliseconds to wait before try number `tried + 1`; undefined: no use. */
export function delayAfterStatus(
  status: number,
  headers: FieldLines,
  tried: number,
  now = Date.now(),
): number | undefined {
  if (!TEMPORARY.has(status)) return undefined;
  const asked = retryAfter(field(headers, 'retry-after'), now);
  if (asked !== undefined) return asked > PATIENCE ? undefined : asked;
  return backOff(tried);
}

export function delayAfterFailure(error: unknown, tried: number): number | undefined {
  const again =
    error instanceof CsError && (error.code === 'CS_CANNOT_CONNECT' || error.code === 'CS_NAME_NOT_RESOLVED');
  return again ? backOff(tried) : undefined;
}

function backOff(tried: number): number {
  return Math.min(FIRST * 2 ** tried, LONGEST);
}

/** Seconds or a date (RFC 9110 section 10.2.3). */
function retryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await wait(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
