/** IIS and other Windows servers: `11-25-26  10:32PM       <DIR>          name`, `2026-11-25  22:32    1,234 name`. */
import type { Row } from './client-listing.ts';
import { fullYear, timeOf } from './client-listing-time.ts';

const ROW =
  /^(\d{1,4})[-/.](\d{1,2})[-/.](\d{2,4})\s{1,8}(\d{1,2}):(\d{2})(?::(\d{2}))?\s?(?:([AaPp])[Mm]?)?\s{1,40}(?:<(DIR|JUNCTION|SYMLINKD?)>|([\d,.']{1,25})) {1,20}(.+)$/s;
/** IIS pads `<DIR>` to the width of a size: the name begins behind that, also when it begins with spaces. */
const PADDED = /<DIR> {10}(.+)$/s;

export function listedDos(line: string): Row | undefined {
  const found = ROW.exec(line);
  if (!found) return undefined;
  const [
    ,
    first = '',
    second = '',
    third = '',
    hour = '',
    minute = '',
    seconds = '0',
    half,
    what,
    size = '0',
    rest = '',
  ] = found;
  const iso = first.length === 4;
  // Day first is written with dots; with dashes and slashes the month leads.
  const european = !iso && (line.charAt(first.length) === '.' || Number(first) > 12);
  const [year, month, day] = iso ? [first, second, third] : european ? [third, second, first] : [third, first, second];
  const noon = half === undefined ? 0 : half.toLowerCase() === 'p' ? 12 : 0;
  const clock = half === undefined ? Number(hour) : (Number(hour) % 12) + noon;
  const link = what?.startsWith('SYMLINK') === true || what === 'JUNCTION';
  return {
    name: link ? rest.split(' [', 1)[0]! : (PADDED.exec(line)?.[1] ?? rest),
    kind: link ? 'link' : what === undefined ? 'file' : 'directory',
    size: Number(size.replace(/[,.']/g, '')),
    modified: timeOf(fullYear(year), Number(month) - 1, Number(day), clock, Number(minute), Number(seconds)),
    exact: false,
  };
}
