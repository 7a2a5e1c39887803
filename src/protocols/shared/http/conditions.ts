/** Conditional requests (RFC 9110 section 13): whether what the client has, or believes, still holds. */
import { parseHttpDate } from './date.ts';

/** Of the representation that would be sent. */
export interface Validators {
  /** With its quotes; undefined where nothing tells versions apart. */
  readonly etag: string | undefined;
  /** Milliseconds since 1970. */
  readonly modified: number | undefined;
}

export interface Asking {
  readonly method: string;
  header(name: string): string | undefined;
}

/** In the order of section 13.2.2. Undefined: go on. */
export function precondition(request: Asking, { etag, modified }: Validators): 304 | 412 | undefined {
  const reading = request.method === 'GET' || request.method === 'HEAD';
  const match = request.header('if-match');
  if (match !== undefined) {
    if (!names(match, etag, 'strong')) return 412;
  } else if (since(request.header('if-unmodified-since'), modified) === 'modified') return 412;
  const noneMatch = request.header('if-none-match');
  if (noneMatch !== undefined) {
    if (names(noneMatch, etag, 'weak')) return reading ? 304 : 412;
  } else if (reading && since(request.header('if-modified-since'), modified) === 'same') return 304;
  return undefined;
}

/** Section 13.1.5: the part that is asked for belongs to the version that the client has the rest of. */
export function rangeHolds(request: Asking, { etag, modified }: Validators, now = Date.now()): boolean {
  const condition = request.header('if-range');
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === etag;
  if (modified === undefined) return false;
  const date = parseHttpDate(condition);
  // Within a second of a change the date does not tell two versions apart.
  return date === seconds(modified) && now - seconds(modified) > 1000;
}

function since(header: string | undefined, modified: number | undefined): 'same' | 'modified' | undefined {
  const date = header === undefined ? undefined : parseHttpDate(header);
  if (date === undefined || modified === undefined) return undefined;
  return seconds(modified) <= date ? 'same' : 'modified';
}

function seconds(ms: number): number {
  return ms - (((ms % 1000) + 1000) % 1000);
}

const TAG = /[ \t]*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)/y;

/** `*`, or one of the list. What is malformed names nothing. */
function names(list: string, etag: string | undefined, how: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  TAG.lastIndex = 0;
  for (let found = TAG.exec(list); found; found = TAG.exec(list)) {
    const [, weak, tag] = found;
    if (tag === etag && (weak === undefined || how === 'weak')) return true;
    if (TAG.lastIndex >= list.length) break;
  }
  return false;
}
