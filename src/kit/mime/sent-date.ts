/** A Date field (RFC 5322 section 3.3, obsolete forms too) in milliseconds since the epoch; NaN for what is none. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** RFC 5322 section 4.3; other letters mean nothing that anybody knows. */
const ZONES: Readonly<Record<string, number>> = {
  edt: -4,
  est: -5,
  cdt: -5,
  cst: -6,
  mdt: -6,
  mst: -7,
  pdt: -7,
  pst: -8,
};
const DATE =
  /^(?:[a-z]{2,9}\.?,?\s{1,9})?(\d{1,2})[\s-]{1,9}([a-z]{3})[a-z]{0,6}[\s-]{1,9}(\d{2,4})\s{1,9}(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\.\d{1,9})?\s{0,9}([+-]\d{4}|[a-z]{1,5})?/i;
const LONGEST = 200;
const DAY = 86_400_000;
const NONE = { at: Number.NaN, zone: 0 };

export function sentDate(value: string): number {
  const { at, zone } = read(value);
  return at - zone;
}

/** Midnight UTC of the day that is written there, whatever its zone; NaN for none. */
export function sentDay(value: string): number {
  const { at } = read(value);
  return at - (((at % DAY) + DAY) % DAY);
}

/** The time as if it was UTC, and how far ahead of UTC its zone is; in milliseconds. */
function read(value: string): { readonly at: number; readonly zone: number } {
  const plain = value
    .slice(0, LONGEST)
    .replace(/\([^()]*\)/g, ' ')
    .trim();
  const [, day, name, year, hour, minute, second = '0', zone = ''] = DATE.exec(plain) ?? [];
  const month = MONTHS.indexOf(name?.toLowerCase() ?? '');
  if (month === -1) return NONE;
  const numbers = [Number(day), Number(hour), Number(minute), Number(second)] as const;
  if (numbers[0] < 1 || numbers[0] > 31 || numbers[1] > 24 || numbers[2] > 59 || numbers[3] > 60) return NONE;
  return { at: Date.UTC(fullYear(year ?? ''), month, ...numbers), zone: offset(zone) };
}

function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year + (year < 50 ? 2000 : 1900);
  return digits.length === 3 ? year + 1900 : year;
}

function offset(zone: string): number {
  const numeric = /^([+-])(\d\d)(\d\d)$/.exec(zone);
  if (!numeric) return (ZONES[zone.toLowerCase()] ?? 0) * 3_600_000;
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
  return (numeric[1] === '-' ? -minutes : minutes) * 60_000;
}
