import assert from 'node:assert/strict';
import test from 'node:test';
import { readLines, readNumbers } from '../../../src/stores/embedded/packed.ts';

const octets = (text: string): Uint8Array => Buffer.from(text);

test('numbers of a packed column, with their signs', () => {
  assert.deepEqual([...readNumbers(octets('7'), new Uint32Array(1))], [7]);
  assert.deepEqual([...readNumbers(octets('1,22,4294967295'), new Uint32Array(3))], [1, 22, 4294967295]);
  const large = [-1, 0, 1_700_000_000_123, Number.MAX_SAFE_INTEGER];
  assert.deepEqual([...readNumbers(octets(large.join()), new Float64Array(4))], large);
  assert.deepEqual([...readNumbers(null, new Uint32Array(0))], []);
});

test('lines of a packed column: each kind is looked at where it differs from the line before', () => {
  const seen: string[] = [];
  const meaningOf = (line: string): number => seen.push(line);
  const read = readLines(octets('[]\n[]\n["é"]\n[]\n["a"]\n["b"]\n["b"]'), new Uint32Array(7), meaningOf);
  assert.deepEqual(seen, ['[]', '["é"]', '[]', '["a"]', '["b"]']);
  assert.deepEqual([...read], [1, 1, 2, 3, 4, 5, 5]);
  assert.deepEqual([...readLines(null, new Uint32Array(0), meaningOf)], []);
});
