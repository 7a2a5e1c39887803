/** What files are read into stays bounded, however many answers wait for peers who take nothing. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { OpenFile } from '../../../../src/contracts/files.ts';
import { FileContent } from '../../../../src/protocols/shared/http/file-content.ts';
import { borrow, forsake, giveBack } from '../../../../src/protocols/shared/http/read-buffers.ts';

test('a buffer is as large as is of use, is used again, and is small while much is lent', () => {
  const piece = borrow(128 * 1024);
  assert.equal(piece.length, 128 * 1024);
  giveBack(piece);
  assert.equal(borrow(128 * 1024), piece);
  const lent = Array.from({ length: 10_000 }, () => borrow());
  const octets = lent.reduce((sum, { length }) => sum + length, 0);
  assert.ok(octets < 300 * 1024 * 1024, `${octets} octets for 10,000 answers`);
  assert.equal(lent.at(-1)!.length, 16 * 1024);
  for (const buffer of lent) forsake(buffer);
  forsake(piece);
  const large = borrow();
  assert.equal(large.length, 1024 * 1024);
  forsake(large);
});

const noPace = { deadline: () => {}, signal: new AbortController().signal };

function fileOf(size: number): OpenFile {
  return {
    facts: { kind: 'file', size, modified: 0, tag: '' },
    read: async function* () {},
    readAt: async (into, position) => {
      const count = Math.min(into.length, size - position);
      into.fill(7, 0, count);
      return count;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

test('no piece is larger than the writer of the stream wants it', async () => {
  const pieces: number[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      pieces.push(chunk.length);
      done();
    },
  });
  const content = new FileContent(fileOf(1_000_000), [{ start: 0, end: 1_000_000 }]);
  assert.equal(await content.writeTo(stream, noPace, 0, 128 * 1024), 1_000_000);
  assert.equal(Math.max(...pieces), 128 * 1024);
  const small: number[] = [];
  const other = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      small.push(chunk.buffer.byteLength);
      done();
    },
  });
  await new FileContent(fileOf(20_000), [{ start: 0, end: 20_000 }]).writeTo(other, noPace, 0);
  assert.deepEqual(small, [32 * 1024], 'a short file takes no large buffer');
});
