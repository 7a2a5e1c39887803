/** Size and time as they stand beside a link. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** `25-Nov-2026 10:00` (nginx, Apache of old), `2026-11-25 10:00` (Apache), `2026-Nov-25 10:00:00` (lighttpd). */
const TIME =
  /\b(?:(\d{1,2})-([A-Za-z]{3}|\d{2})-(\d{4})|(\d{4})-([A-Za-z]{3}|\d{2})-(\d{2}))[ T]+(\d{2}):(\d{2})(?::(\d{2}))?/;

/** Milliseconds since 1970, taken for UTC as nginx has it; undefined where there is none. */
export function timeIn(text: string): number | undefined {
  const found = TIME.exec(text);
  if (!found) return undefined;
  const [, dayA, monthA, yearA, yearB, monthB, dayB, hour, minute, second = '0'] = found;
  const month = monthOf(monthA ?? monthB ?? '');
  if (month < 0 || month > 11) return undefined;
  return Date.UTC(Number(yearA ?? yearB), month, Number(dayA ?? dayB), Number(hour), Number(minute), Number(second));
}

function monthOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) - 1 : MONTHS.indexOf(text.toLowerCase());
}

/** Octets, where they are told one by one; `1.2K` is not, and a number must stand alone. */
export function sizeIn(text: string): number | undefined {
  const rest = text.replace(TIME, ' ');
  const [, digits] = /(?:^|\s)(\d{1,15})(?:\s|$)/.exec(rest) ?? [];
  return digits === undefined || /\d(?:\.\d+)?\s?[KMGT]i?B?\b/i.test(rest) ? undefined : Number(digits);
}
