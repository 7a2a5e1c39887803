/** Listings that look like nobody else's: EPLF, OS/2, OpenVMS, IBM i. */
import type { Row } from './client-listing.ts';
import { fullYear, monthOf, timeOf } from './client-listing-time.ts';

export function listedOther(line: string): Row | undefined {
  return eplf(line) ?? os2(line) ?? vms(line) ?? ibmI(line);
}

/** `+i8388621.48594,m825718503,r,s280,\tname`: facts parted by commas (cr.yp.to/ftp/list/eplf.html). */
function eplf(line: string): Row | undefined {
  const [, facts, name] = /^\+([^\t]*)\t(.+)$/s.exec(line) ?? [];
  if (facts === undefined || name === undefined) return undefined;
  const all = facts.split(',');
  const value = (letter: string) => all.find((fact) => fact.startsWith(letter))?.slice(1);
  const seconds = Number(value('m') ?? Number.NaN);
  const unique = value('i');
  return {
    name,
    kind: all.includes('/') ? 'directory' : all.includes('r') ? 'file' : 'other',
    size: Number(value('s') ?? 0) || 0,
    modified: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    exact: Number.isFinite(seconds),
    ...(unique === undefined ? {} : { unique }),
  };
}

/** `     73098   A   04-06-97   15:15  name`, `         0  DIR  05-12-97   16:44  name`. */
function os2(line: string): Row | undefined {
  const [, size, what = '', month, day, year = '', hour, minute, name] =
    /^ {0,20}(\d{1,15}) {1,20}([A-Z ]{0,12}) {1,20}(\d\d)-(\d\d)-(\d{2,4}) {1,8}(\d{1,2}):(\d\d) {1,3}(.+)$/s.exec(
      line,
    ) ?? [];
  if (name === undefined) return undefined;
  const modified = timeOf(fullYear(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  return { name, kind: /\bDIR\b/.test(what) ? 'directory' : 'file', size: Number(size), modified, exact: false };
}

/** `README.TXT;4  18/20  21-NOV-2026 12:01:59 [GROUP,OWNER] (RWED,RWED,RE,)`; a size is in blocks of 512 octets. */
function vms(line: string): Row | undefined {
  const [, file = '', blocks, day, month = '', year, hour, minute, second = '0'] =
    /^(\S{1,255});\d{1,5}\s{1,40}(\d{1,15})(?:\/\d{1,15})?\s{1,20}(\d{1,2})-([A-Z]{3})-(\d{4})\s+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?/i.exec(
      line,
    ) ?? [];
  if (day === undefined || monthOf(month) < 0) return undefined;
  const directory = /\.DIR$/i.test(file);
  return {
    name: directory ? file.slice(0, -4) : file,
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : Number(blocks) * 512,
    modified: timeOf(Number(year), monthOf(month), Number(day), Number(hour), Number(minute), Number(second)),
    exact: false,
  };
}

/** `QSYS            77824 02/23/26 15:09:55 *DIR       QSYS.LIB/`. */
function ibmI(line: string): Row | undefined {
  const [, size, a, b, c = '', hour, minute, second, what = '', name = ''] =
    /^\S{1,40} {1,40}(\d{1,15}) {1,20}(\d\d)\/(\d\d)\/(\d\d) {1,8}(\d\d):(\d\d):(\d\d) {1,8}(\*\w{1,12}) {1,20}(.+)$/s.exec(
      line.trimEnd(),
    ) ?? [];
  if (size === undefined) return undefined;
  const directory = name.endsWith('/') || what === '*DIR' || what === '*LIB';
  return {
    name: name.replace(/\/$/, ''),
    kind: directory ? 'directory' : 'file',
    size: Number(size),
    modified: timeOf(fullYear(c), Number(a) - 1, Number(b), Number(hour), Number(minute), Number(second)),
    exact: false,
  };
}
