/** Conditions, in their order (RFC 9110 section 13.2.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { precondition, rangeHolds } from '../../../src/protocols/shared/http/conditions.ts';
import { parseHttpDate } from '../../../src/protocols/shared/http/date.ts';

const MODIFIED = Date.UTC(2026, 0, 7, 10) + 500;
const HELD = { etag: '"a"', modified: MODIFIED };
const AT = 'Wed, 07 Jan 2026 10:00:00 GMT';
const BEFORE = 'Wed, 07 Jan 2026 09:59:59 GMT';
const AFTER = 'Wed, 07 Jan 2026 10:00:01 GMT';

type Fields = Readonly<Record<string, string>>;
const asking = (method: string, fields: Fields) => ({ method, header: (name: string) => fields[name] });

const ROWS: readonly [string, Fields, 304 | 412 | undefined][] = [
  ['GET', {}, undefined],
  ['GET', { 'if-none-match': '"a"' }, 304],
  ['HEAD', { 'if-none-match': '"a"' }, 304],
  ['PUT', { 'if-none-match': '"a"' }, 412],
  ['GET', { 'if-none-match': 'W/"a"' }, 304],
  ['GET', { 'if-none-match': '"b", W/"c" ,"a"' }, 304],
  ['GET', { 'if-none-match': '"b"' }, undefined],
  ['GET', { 'if-none-match': '*' }, 304],
  ['PUT', { 'if-none-match': '*' }, 412],
  ['GET', { 'if-none-match': 'a' }, undefined],
  ['GET', { 'if-none-match': '"b' }, undefined],
  ['GET', { 'if-match': '"a"' }, undefined],
  ['GET', { 'if-match': '*' }, undefined],
  ['GET', { 'if-match': 'W/"a"' }, 412],
  ['GET', { 'if-match': '"b"' }, 412],
  ['GET', { 'if-match': '"b"', 'if-none-match': '"a"' }, 412],
  ['GET', { 'if-match': '"a"', 'if-unmodified-since': BEFORE }, undefined],
  ['GET', { 'if-unmodified-since': BEFORE }, 412],
  ['GET', { 'if-unmodified-since': AT }, undefined],
  ['GET', { 'if-unmodified-since': 'soon' }, undefined],
  ['GET', { 'if-modified-since': AT }, 304],
  ['GET', { 'if-modified-since': AFTER }, 304],
  ['GET', { 'if-modified-since': BEFORE }, undefined],
  ['GET', { 'if-modified-since': 'yesterday' }, undefined],
  ['PUT', { 'if-modified-since': AT }, undefined],
  ['GET', { 'if-modified-since': AT, 'if-none-match': '"b"' }, undefined],
];
for (const [method, fields, wanted] of ROWS) {
  test(`${method} ${JSON.stringify(fields)}: ${wanted ?? 'go on'}`, () => {
    assert.equal(precondition(asking(method, fields), HELD), wanted);
  });
}

const LATER = MODIFIED + 60_000;
const IF_RANGE: readonly [string | undefined, boolean, number][] = [
  [undefined, true, LATER],
  ['"a"', true, LATER],
  ['W/"a"', false, LATER],
  ['"b"', false, LATER],
  [AT, true, LATER],
  [AT, false, MODIFIED + 100],
  [BEFORE, false, LATER],
  [AFTER, false, LATER],
  ['rubbish', false, LATER],
];
for (const [value, wanted, now] of IF_RANGE) {
  test(`If-Range ${value} holds: ${wanted}`, () => {
    const fields: Fields = value === undefined ? {} : { 'if-range': value };
    assert.equal(rangeHolds(asking('GET', fields), HELD, now), wanted);
  });
}

test('a file that nothing tells apart matches only *', () => {
  const nothing = { etag: undefined, modified: undefined };
  assert.equal(precondition(asking('GET', { 'if-none-match': '"a"' }), nothing), undefined);
  assert.equal(precondition(asking('GET', { 'if-match': '"a"' }), nothing), 412);
  assert.equal(rangeHolds(asking('GET', { 'if-range': AT }), nothing), false);
});

const DATES: readonly [string, number | undefined][] = [
  ['Sun, 06 Nov 1994 08:49:37 GMT', 784111777000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 784111777000],
  ['Sun Nov  6 08:49:37 1994', 784111777000],
  ['Sun Nov 16 08:49:37 1994', 784975777000],
  ['Sun, 06 Nov 1994 08:49:37 +0100', undefined],
  ['Sun, 31 Feb 1994 08:49:37 GMT', undefined],
  ['Sun, 06 Nov 1994 24:00:00 GMT', undefined],
  ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
  ['1994-11-06T08:49:37Z', undefined],
  ['', undefined],
];
for (const [text, wanted] of DATES) {
  test(`the date ${JSON.stringify(text)}`, () => assert.equal(parseHttpDate(text), wanted));
}
