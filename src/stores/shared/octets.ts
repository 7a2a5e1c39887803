import type { ByteRange } from '../../contracts/mail.ts';

/** The part of `chunks` that `range` names, without copying. */
export function* sliced(chunks: readonly Uint8Array[], range: ByteRange = { start: 0 }): Generator<Uint8Array> {
  const { start, end = Number.MAX_SAFE_INTEGER } = range;
  let at = 0;
  for (const chunk of chunks) {
    if (at >= end) return;
    const from = Math.max(0, start - at);
    const to = Math.min(chunk.length, end - at);
    if (from < to) yield chunk.subarray(from, to);
    at += chunk.length;
  }
}

/** The first `count` octets in one piece. */
export function firstOctets(chunks: readonly Uint8Array[], count: number): Uint8Array {
  const first = chunks[0];
  if (first && (first.length >= count || chunks.length === 1)) return first.subarray(0, count);
  return Buffer.concat([...sliced(chunks, { start: 0, end: count })]);
}
