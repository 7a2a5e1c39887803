/** Times of RFC 3659 section 2.3: `YYYYMMDDHHMMSS`, in UTC, perhaps with a fraction of a second. */

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?$/;

/** @param milliseconds since 1970; a fraction is shown to the millisecond, and only if there is one */
export function formatTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const text = new Date(whole).toISOString();
  const fraction = text.slice(20, 23);
  const seconds = text.slice(0, 19).replace(/[-:T]/g, '');
  return fraction === '000' ? seconds : `${seconds}.${fraction}`;
}

/** Milliseconds since 1970; undefined for what is no time (a 13th month, a 31st of June). */
export function parseTime(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, fraction = '0'] = TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const value = Date.parse(iso);
  // Date takes the 31st of June for the 1st of July.
  if (Number.isNaN(value) || new Date(value).toISOString() !== iso) return undefined;
  return value + Number(`0.${fraction}`) * 1000;
}
