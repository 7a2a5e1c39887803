/** A chunk with a checksum is held until it is known to be right: what is in a stage cannot be taken back. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Checksum } from './tus-headers.ts';

/** Octets of one such chunk, and of all that are held at once. */
const MOST = 8 * 1024 * 1024;
const TOGETHER = 64 * 1024 * 1024;
let held = 0;

/** tus: the digest does not match, and the chunk was thrown away. */
const MISMATCH = 460;

/** Throws 413 for a chunk too long to be held, 460 for another content, `CS_BUSY`'s 503 while too many are held. */
export async function* checkedChunk(
  content: AsyncIterable<Uint8Array>,
  checksum: Checksum,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const hash = createHash(checksum.name);
  let octets = 0;
  try {
    for await (const chunk of content) {
      octets += chunk.length;
      held += chunk.length;
      if (octets > MOST) throw new HttpRefusal(413, `a chunk with a checksum has ${MOST} octets at most`);
      if (held > TOGETHER) throw new HttpRefusal(503, 'too many chunks with checksums at once');
      hash.update(chunk);
      chunks.push(chunk);
    }
    const digest = hash.digest();
    const right = digest.length === checksum.digest.length && timingSafeEqual(digest, checksum.digest);
    if (!right) throw new HttpRefusal(MISMATCH, 'the checksum does not match, the chunk is thrown away');
    yield* chunks;
  } finally {
    held -= octets;
  }
}
