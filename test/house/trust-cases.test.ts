/** Every case of what `cs` must withstand has a test that bears its id. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../interop/server.ts';

/** How many cases there are of each kind; those of protocols that are not spoken yet come with these. */
const CASES = { SM: 37, IM: 16, PO: 8, HT: 38, PA: 13, FT: 13, WS: 7, MI: 10, CL: 10, AU: 12 } as const;

/** `'HT-01..15 ...'`, `'HT-32 MI-04 ...'`, `'SM-09/10 ...'` at the begin of a text. */
const NAMED = /['"`](?:[A-Z]{2}-\d\d(?:\.\.\d\d|\/\d\d)?(?:,? (?:and )?|(?=\W)))+/g;

function idsIn(text: string): string[] {
  return [...text.matchAll(NAMED)].flatMap(([named]) =>
    [...named.matchAll(/([A-Z]{2})-(\d\d)(?:(?:\.\.|\/)(\d\d))?/g)].flatMap(([, kind, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => idOf(kind!, Number(first) + at)),
    ),
  );
}

function idOf(kind: string, number: number): string {
  return `${kind}-${String(number).padStart(2, '0')}`;
}

test('no case is without a test of its name', () => {
  const home = join(ROOT, 'test');
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const named = new Set(files.flatMap((name) => idsIn(readFileSync(join(home, name), 'utf8'))));
  const all = Object.entries(CASES).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, at) => idOf(kind, at + 1)),
  );
  assert.deepEqual(
    all.filter((id) => !named.has(id)),
    [],
  );
});
