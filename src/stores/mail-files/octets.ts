/** Messages in files: their lines may end with LF there, and mail's end with CRLF. */
import { createReadStream } from 'node:fs';
import { open, utimes } from 'node:fs/promises';
import type { ByteRange } from '../../contracts/mail.ts';
import { LineNormaliser } from '../../kit/line-ends.ts';

export async function* readMessage(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  yield* within(normalised(createReadStream(path)), range);
}

export async function* normalised(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lines = new LineNormaliser();
  for await (const chunk of chunks) {
    const bytes = lines.push(chunk);
    if (bytes.length > 0) yield bytes;
  }
  const rest = lines.end();
  if (rest.length > 0) yield rest;
}

export async function* within(
  chunks: AsyncIterable<Uint8Array>,
  { start, end = Number.POSITIVE_INFINITY }: ByteRange = { start: 0 },
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}

/** A new file with all of it, its time the message's. Resolves to how many octets it has. */
export async function writeNew(path: string, content: AsyncIterable<Uint8Array>, receivedAt: number): Promise<number> {
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content) {
      await file.writeFile(chunk);
      size += chunk.length;
    }
  } finally {
    await file.close();
  }
  const seconds = receivedAt / 1000;
  await utimes(path, seconds, seconds);
  return size;
}
