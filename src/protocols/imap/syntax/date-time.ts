/** Dates of the grammar (RFC 9051 section 9): `"17-Jul-1996 02:44:25 -0700"` and `17-Jul-1996`. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DATE_TIME = /^([ 0-3]?\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
const DATE = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/;

/** Milliseconds since 1970; undefined for what is no date. */
export function parseDateTime(text: string): number | undefined {
  const found = DATE_TIME.exec(text);
  if (!found) return undefined;
  const [, day = '', month = '', year = '', hours, minutes, seconds, sign, zoneHours, zoneMinutes] = found;
  const date = dayOf(day.trim(), month, year);
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  const zone = Number(zoneHours) * 60 + Number(zoneMinutes);
  if (date === undefined || h > 23 || m > 59 || s > 60 || Number(zoneMinutes) > 59) return undefined;
  return date + (h * 3600 + m * 60 + s) * 1000 - (sign === '-' ? -zone : zone) * 60_000;
}

/** Midnight UTC of that day. */
export function parseDate(text: string): number | undefined {
  const [, day, month, year] = DATE.exec(text) ?? [];
  return day === undefined ? undefined : dayOf(day, month!, year!);
}

/** In UTC, without the quotes. */
export function formatDateTime(ms: number): string {
  const at = new Date(ms);
  const day = String(at.getUTCDate()).padStart(2, ' ');
  const time = at.toISOString().slice(11, 19);
  return `${day}-${MONTHS[at.getUTCMonth()]}-${String(at.getUTCFullYear()).padStart(4, '0')} ${time} +0000`;
}

export function formatDate(ms: number): string {
  const at = new Date(ms);
  return `${at.getUTCDate()}-${MONTHS[at.getUTCMonth()]}-${String(at.getUTCFullYear()).padStart(4, '0')}`;
}

function dayOf(day: string, month: string, year: string): number | undefined {
  const number = MONTHS.findIndex((name) => name.toLowerCase() === month.toLowerCase());
  const ms = Date.UTC(Number(year), number, Number(day));
  // The thirty-first of February is no date.
  return number !== -1 && new Date(ms).getUTCDate() === Number(day) ? ms : undefined;
}
