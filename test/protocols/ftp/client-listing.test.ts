import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { factsOf, parseListed, parseRow, type Row } from '../../../src/protocols/ftp/client-listing.ts';
import { recentTime } from '../../../src/protocols/ftp/client-listing-time.ts';
import { fc } from '../../property.ts';

const NOW = Date.UTC(2026, 10, 25, 22, 30);

type Expect = readonly [name: string, kind: Row['kind'], size: number, modified: string | undefined, mode?: number];

/** Rows as these servers write them. */
const ROWS: readonly (readonly [server: string, line: string, expect: Expect | undefined])[] = [
  [
    'vsftpd',
    '-rw-r--r--    1 0        0               6 Nov 25 21:44 a.txt',
    ['a.txt', 'file', 6, '2026-11-25T21:44', 0o644],
  ],
  [
    'vsftpd',
    'drwxr-xr-x    2 1000     1000         4096 Jan 02  2019 two  words ',
    ['two  words ', 'directory', 4096, '2019-01-02T00:00', 0o755],
  ],
  [
    'vsftpd',
    'lrwxrwxrwx    1 0        0               5 Nov 25 21:44 link -> a.txt',
    ['link', 'link', 5, '2026-11-25T21:44'],
  ],
  [
    'proftpd',
    '-rw-r-----   1 ann      users          11 Feb  2  2020  leading',
    [' leading', 'file', 11, '2020-02-02T00:00', 0o640],
  ],
  ['proftpd', 'total 12', undefined],
  [
    'pure-ftpd',
    '-rwsr-xr-t    1 ann        ann          1234567890123 Dec 31 23:59 x',
    ['x', 'file', 1234567890123, '2025-12-31T23:59', 0o755],
  ],
  [
    'pyftpdlib',
    '-rw-rw-r--   1 ann      ann            13 Nov 25 22:29 grüße',
    ['grüße', 'file', 13, '2026-11-25T22:29', 0o664],
  ],
  [
    'with an ACL',
    '-rw-r--r--+   1 user     group         1 Mar  1 00:00 acl',
    ['acl', 'file', 1, '2026-03-01T00:00', 0o644],
  ],
  [
    'without a group',
    '-rw-r--r--   1 ann     531 Jan 29 03:26 README',
    ['README', 'file', 531, '2026-01-29T03:26', 0o644],
  ],
  [
    'a group with spaces',
    'drwxr-xr-x   2 ann  domain users   4096 Jun 03 2024 dir',
    ['dir', 'directory', 4096, '2024-06-03T00:00', 0o755],
  ],
  ['ISO dates', '-rw-r--r-- 1 root root 42 2026-11-25 22:15 iso', ['iso', 'file', 42, '2026-11-25T22:15', 0o644]],
  [
    'full ISO dates',
    '-rw-r--r-- 1 root root 42 2026-11-25 22:15:16.000000000 +0000 iso',
    ['iso', 'file', 42, '2026-11-25T22:15:16', 0o644],
  ],
  ['day first', '-rw-r--r-- 1 root root 42 25 Nov 22:15 day', ['day', 'file', 42, '2026-11-25T22:15', 0o644]],
  [
    'a device',
    'crw-rw-rw-    1 0        0          1,   3 Nov 25 21:44 null',
    ['null', 'other', 0, '2026-11-25T21:44', 0o666],
  ],
  [
    'a name like a date',
    '-rw-r--r-- 1 a b 3 Nov 25 21:44 1 Jan 01  2000 x',
    ['1 Jan 01  2000 x', 'file', 3, '2026-11-25T21:44', 0o644],
  ],
  [
    'NetPresenz',
    '-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit',
    ['MegaPhone.sit', 'file', 1392298, '1995-11-22T00:00', 4],
  ],
  [
    'NetPresenz',
    'drwxrwxr-x               folder        2 May 10  1996 network',
    ['network', 'directory', 2, '1996-05-10T00:00', 0o775],
  ],
  [
    'NetWare',
    'd [R----F--] supervisor            512       Jan 16 18:53    login',
    ['login', 'directory', 512, '2026-01-16T18:53'],
  ],
  [
    'NetWare',
    '- [RWCEAFMS] rhesus             214059       Oct 20 15:27    cx.exe',
    ['cx.exe', 'file', 214059, '2026-10-20T15:27'],
  ],
  ['IIS', '11-25-26  10:32PM       <DIR>          my dir', ['my dir', 'directory', 0, '2026-11-25T22:32']],
  ['IIS', '01-02-99  12:05AM              4096 old.txt', ['old.txt', 'file', 4096, '1999-01-02T00:05']],
  ['IIS, four digits', '07-14-2025  12:30PM                12 noon.txt', ['noon.txt', 'file', 12, '2025-07-14T12:30']],
  [
    'Windows, 24 hours',
    '2026-11-25  22:32    1,234,567 big one.iso',
    ['big one.iso', 'file', 1234567, '2026-11-25T22:32'],
  ],
  ['Windows, dots', '25.11.2026  22:32            12 de.txt', ['de.txt', 'file', 12, '2026-11-25T22:32']],
  [
    'Windows, a link',
    '11-25-26  10:32PM    <SYMLINKD>     there [C:\\elsewhere]',
    ['there', 'link', 0, '2026-11-25T22:32'],
  ],
  ['EPLF', '+i8388621.48594,m825718503,r,s280,\tdjb.html', ['djb.html', 'file', 280, '1996-03-01T22:15:03']],
  ['EPLF', '+i8388621.50690,m824255907,/,\t514', ['514', 'directory', 0, '1996-02-13T23:58:27']],
  ['OS/2', '         73098      A          04-06-97   15:15  ds0.txt', ['ds0.txt', 'file', 73098, '1997-04-06T15:15']],
  ['OS/2', '             0           DIR   12-11-95   21:33  d', ['d', 'directory', 0, '1995-12-11T21:33']],
  [
    'OpenVMS',
    'CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWED,RWED,RE,RE)',
    ['CORE', 'directory', 0, '1996-09-08T16:09'],
  ],
  [
    'OpenVMS',
    'CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)',
    ['CII-MANUAL.TEX', 'file', 213 * 512, '1996-01-29T03:33:12'],
  ],
  [
    'IBM i',
    'QSYS            77824 02/23/20 15:09:55 *DIR       QOpenSys/',
    ['QOpenSys', 'directory', 77824, '2020-02-23T15:09:55'],
  ],
  [
    'IBM i',
    'QPGMR           36864 11/09/21 10:22:40 *STMF      file.txt',
    ['file.txt', 'file', 36864, '2021-11-09T10:22:40'],
  ],
  [
    'no day of the calendar',
    '-rw-r--r--    1 0        0               6 Jun 31  2020 a',
    ['a', 'file', 6, undefined, 0o644],
  ],
  [
    'a size of nothing real',
    '-rw-r--r-- 1 a b 9999999999999999999 Nov 25 21:44 a',
    ['a', 'file', 0, '2026-11-25T21:44', 0o644],
  ],
  ['words', 'You have new mail', undefined],
  ['nothing', '', undefined],
];

describe('listings of servers', () => {
  for (const [server, line, expect] of ROWS) {
    test(`${server}: ${line.trim()}`, () => {
      const row = parseListed(line, NOW);
      if (expect === undefined) return assert.equal(row, undefined);
      const [name, kind, size, modified, mode] = expect;
      const at = row?.modified === undefined ? undefined : new Date(row.modified).toISOString();
      assert.deepEqual([row?.name, row?.kind, row?.size, row?.mode], [name, kind, size, mode]);
      if (modified === undefined) assert.equal(at, undefined);
      else assert.ok(at?.startsWith(modified), `${at} for ${modified}`);
    });
  }
});

test('a row without a year is of the last twelve months, a day ahead allowed; 29 February of a leap year', () => {
  const new_year = Date.UTC(2027, 0, 1, 0, 10);
  const at = (now: number, ...when: [number, number, number, number]) => {
    const time = recentTime(now, ...when);
    return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
  };
  assert.equal(at(new_year, 11, 31, 23, 59), '2026-12-31T23:59');
  assert.equal(at(new_year, 0, 1, 9, 0), '2027-01-01T09:00');
  assert.equal(at(new_year, 0, 3, 0, 0), '2026-01-03T00:00');
  assert.equal(at(Date.UTC(2026, 11, 31, 23, 50), 0, 1, 1, 0), '2027-01-01T01:00');
  assert.equal(at(NOW, 1, 29, 12, 0), '2024-02-29T12:00');
  assert.equal(at(NOW, 5, 31, 12, 0), undefined);
});

describe('MLSD rows', () => {
  test('facts in any case and order; the name is all that follows', () => {
    const row = parseRow('Size=12;TYPE=file;Modify=20260102030405.123;UNIX.mode=0644;unique=fe00g1; a; b ');
    assert.deepEqual(row, {
      name: 'a; b ',
      kind: 'file',
      size: 12,
      modified: Date.UTC(2026, 0, 2, 3, 4, 5, 123),
      exact: true,
      mode: 0o644,
      unique: 'fe00g1',
    });
    assert.equal(
      factsOf(row!).tag,
      factsOf(parseRow('type=file;size=12;modify=20260102030405.123;unique=fe00g1; z')!).tag,
    );
  });

  for (const [type, kind] of [
    ['dir', 'directory'],
    ['cdir', 'self'],
    ['pdir', 'self'],
    ['OS.unix=slink:/etc', 'link'],
    ['OS.unix=symlink', 'link'],
    ['OS.unix=chr-1/3', 'other'],
  ] as const) {
    test(`type=${type} is ${kind}`, () => assert.equal(parseRow(`type=${type};size=1; x`)?.kind, kind));
  }

  test('without anything that tells one content from the next there is no tag', () => {
    assert.equal(factsOf(parseRow('type=file;size=1;modify=20260102030405; x')!).tag, '');
  });

  test('sizes that are none are 0, and lines that are no rows are left out', () => {
    for (const size of ['-1', '1e9', 'x', '99999999999999999999']) {
      const row = parseRow(`type=file;size=${size}; x`);
      assert.ok(row === undefined || Number.isSafeInteger(row.size), size);
    }
    assert.equal(parseRow('no facts'), undefined);
    assert.equal(parseRow(''), undefined);
  });
});

test('any line is a row or none, and never an error', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (line) => {
      for (const row of [parseListed(line, NOW), parseRow(line)]) {
        if (row) assert.ok(Number.isSafeInteger(row.size) && row.size >= 0);
      }
    }),
    { numRuns: 5000 },
  );
});
