/** `ls -l`, as most servers write it, and those that only look like it (NetWare, MacOS, a missing group). */
import type { Row } from './client-listing.ts';
import { monthOf, recentTime, timeOf } from './client-listing-time.ts';

const KINDS: Readonly<Record<string, Row['kind']>> = { '-': 'file', f: 'file', d: 'directory', l: 'link' };

/** Type and permissions; NetWare has rights in brackets instead. */
const HEAD = /^([-fdlbcpsDn])((?:[-r][-w][-xsStTlL]){3}|\s?\[[-RWCEAFMSX_]{1,12}\])/;
/** Size (or a device's numbers), date, time or year; then one space and the name, its own spaces included. */
const SIZE = String.raw`\s(?:(?<size>\d{1,19})|\d{1,9}, *\d{1,9})\s{1,20}`;
const DATE = String.raw`(?:(?<m1>[A-Za-z]{3})\s{1,3}(?<d1>\d{1,2})|(?<d2>\d{1,2})\s(?<m2>[A-Za-z]{3})|(?<y3>\d{4})-(?<m3>\d\d)-(?<d3>\d\d))`;
const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.\d{1,9})?(?: [+-]\d{4})?)?`;
const TAIL = new RegExp(`${SIZE}${DATE}\\s{1,3}(?:(?<year>\\d{4})|${CLOCK}) (?<name>.+)$`, 's');

export function listedUnix(line: string, now: number): Row | undefined {
  const [head = '', type = '', bits = ''] = HEAD.exec(line) ?? [];
  const found = head === '' ? undefined : TAIL.exec(line.slice(head.length))?.groups;
  if (!found) return undefined;
  const month = found.m3 === undefined ? monthOf(found.m1 ?? found.m2 ?? '') : Number(found.m3) - 1;
  const day = Number(found.d1 ?? found.d2 ?? found.d3);
  if (month < 0) return undefined;
  const [hour, minute, second] = [found.hour, found.minute, found.second].map((part) => Number(part ?? 0));
  const year = found.y3 ?? found.year;
  const kind = KINDS[type] ?? 'other';
  const mode = bits.includes('[') || kind === 'link' ? undefined : modeOf(bits);
  const name = bits.includes('[') ? (found.name ?? '').trimStart() : (found.name ?? '');
  return {
    name: kind === 'link' ? name.split(' -> ', 1)[0]! : name,
    kind,
    size: Number(found.size ?? 0),
    modified:
      year === undefined
        ? recentTime(now, month, day, hour!, minute!)
        : timeOf(Number(year), month, day, hour, minute, second),
    exact: false,
    ...(mode === undefined ? {} : { mode }),
  };
}

/** `rwxr-xr-x` → 0o755; s and t stand for x with something that we do not keep. */
function modeOf(bits: string): number {
  return [...bits].reduce((mode, bit) => mode * 2 + (/[-STlL]/.test(bit) ? 0 : 1), 0);
}
