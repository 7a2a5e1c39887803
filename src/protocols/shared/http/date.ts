/** HTTP dates (RFC 9110 section 5.6.7): written in one form, read in three. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const IMF = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const RFC850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/** @param ms milliseconds since 1970 */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Milliseconds since 1970, whole seconds; undefined for what is no date. */
export function parseHttpDate(text: string): number | undefined {
  const imf = IMF.exec(text);
  if (imf) return utc(imf[3]!, imf[2]!, imf[1]!, imf.slice(4));
  const old = RFC850.exec(text);
  if (old) return utc(century(Number(old[3])), old[2]!, old[1]!, old.slice(4));
  const asctime = ASCTIME.exec(text);
  return asctime ? utc(asctime[6]!, asctime[1]!, asctime[2]!, asctime.slice(3, 6)) : undefined;
}

/** Two digits that would lie more than 50 years ahead are of the century before. */
function century(year: number): number {
  const now = new Date().getUTCFullYear();
  const whole = now - (now % 100) + year;
  return whole > now + 50 ? whole - 100 : whole;
}

function utc(year: string | number, month: string, day: string, time: readonly string[]): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  const at = MONTHS.indexOf(month);
  if (at === -1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const ms = Date.UTC(Number(year), at, Number(day), hour, minute, second);
  return new Date(ms).getUTCDate() === Number(day) || second === 60 ? ms : undefined;
}
