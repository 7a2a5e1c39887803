import type { ByteRange } from '../../../contracts/mail.ts';

const MOST = 16;

/** Inclusive start, exclusive end, both inside the representation. */
export type Span = Required<ByteRange>;

/**
 * RFC 9110 section 14.2, in the order asked for; ranges that overlap are merged, those behind the end left out.
 * Undefined: no range is meant (none, another unit, malformed, more than 16), send it whole. `unsatisfiable`: 416.
 * @param size octets of the representation
 */
export function parseRange(header: string | undefined, size: number): readonly Span[] | 'unsatisfiable' | undefined {
  if (header === undefined || !/^bytes=/i.test(header)) return undefined;
  const list = header.slice('bytes='.length);
  if (list.length > 64 * MOST) return undefined;
  const spans: Span[] = [];
  const items = list.split(',');
  if (items.length > MOST) return undefined;
  for (const item of items) {
    // A list may have empty elements, and they count for nothing (RFC 9110 section 5.6.1.2).
    if (item.trim() === '') continue;
    const [whole, first = '', last = ''] = /^[ \t]*(\d*)-(\d*)[ \t]*$/.exec(item) ?? [];
    if (whole === undefined || (first === '' && last === '')) return undefined;
    const span = spanOf(first, last, size);
    if (span === undefined) return 'unsatisfiable';
    if (span.start < span.end) spans.push(span);
  }
  if (spans.length > 0) return merged(spans);
  return items.every((item) => item.trim() === '') ? undefined : 'unsatisfiable';
}

/** As they are, unless two share an octet: then in ascending order, joined. */
function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  if (!sorted.some((span, index) => index > 0 && span.start < sorted[index - 1]!.end)) return spans;
  const whole: Span[] = [];
  for (const span of sorted) {
    const last = whole.at(-1);
    if (last === undefined || span.start >= last.end) whole.push(span);
    else whole[whole.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
  }
  return whole;
}

/** An empty span for what lies behind the end; undefined for a reversed one. */
function spanOf(first: string, last: string, size: number): Span | undefined {
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return undefined;
  return { start: Math.min(start, size), end: Math.max(end, Math.min(start, size)) };
}
