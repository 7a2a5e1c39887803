/** Times of listings: no zone, often no year. They are read as UTC; who needs to be sure asks by MDTM. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY = 86_400_000;

/** 0 to 11; -1 for no month of ours. */
export function monthOf(word: string): number {
  return MONTHS.indexOf(word.slice(0, 3).toLowerCase());
}

/** Milliseconds since 1970; undefined for no day of the calendar (the 31st of June) and no time of the day. */
export function timeOf(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number | undefined {
  const at = Date.UTC(year, month, day, hour, minute, second);
  const date = new Date(at);
  const real = date.getUTCMonth() === month && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 61;
  return real ? at : undefined;
}

/**
 * A row without a year is of the last twelve months: the newest such day that is not to come. A day ahead is allowed, for
 * clocks and zones differ.
 */
export function recentTime(now: number, month: number, day: number, hour: number, minute: number): number | undefined {
  const year = new Date(now + DAY).getUTCFullYear();
  for (let back = 0; back <= 8; back++) {
    const at = timeOf(year - back, month, day, hour, minute);
    if (at !== undefined && at <= now + DAY) return at;
  }
  return undefined;
}

/** Two digits of a year: 70 to 99 are of the last century. */
export function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : year + (year < 70 ? 2000 : 1900);
}
