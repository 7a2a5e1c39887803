import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { residentMemory } from '../../src/kit/resident-memory.ts';

/** Takes every descriptor that is left, then measures. */
const script = `
const { residentMemory } = await import(process.argv[1]);
const { openSync } = await import('node:fs');
const first = residentMemory();
let refused;
while (refused === undefined) {
  try { openSync('/dev/null'); } catch (error) { refused = error.code; }
}
console.log(JSON.stringify({ refused, first, then: residentMemory() }));
`;

test('memory is measured, and no free descriptor is no end of the process', async () => {
  const near = residentMemory();
  assert.ok(near > 1_000_000 && near < 2 ** 40, String(near));
  const module = new URL('../../src/kit/resident-memory.js', import.meta.url).href;
  const args = ['-c', 'ulimit -n 48; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', script, module];
  const { stdout } = await promisify(execFile)('sh', args, { timeout: 60_000 });
  const { refused, first, then } = JSON.parse(stdout) as { refused: string; first: number; then: number };
  assert.equal(refused, 'EMFILE');
  assert.ok(first > 1_000_000);
  assert.equal(then, first, 'what was known before is said');
});
