/** Content codings undone as the content comes (RFC 9110 section 8.4), bounded by size and by ratio (trust.md CL-06). */
import type { Transform } from 'node:stream';
import { type FieldLines, field } from '../../../contracts/exchange.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';

/** What is asked for where nothing else is said. */
export const ACCEPTED = 'gzip, deflate, br';

export interface ContentLimits {
  /** Octets of the content once decoded. */
  readonly size: number;
  /** Decoded octets for each received one, once there are more than `FREE` of them. */
  readonly ratio: number;
}

const FREE = 8 * 1024 * 1024;
const MOST_CODINGS = 3;

type Chunks = AsyncIterable<Uint8Array>;

/** The codings of an answer, the outermost last. Throws `CS_PEER_PROTOCOL` for what was not asked for. */
export function codingsOf(headers: FieldLines): readonly string[] {
  const codings = (field(headers, 'content-encoding') ?? '')
    .split(',')
    .map((word) => word.trim().toLowerCase().replace(/^x-/, ''))
    .filter((word) => word !== '' && word !== 'identity');
  const unknown = codings.find((word) => word !== 'gzip' && word !== 'deflate' && word !== 'br');
  if (unknown !== undefined || codings.length > MOST_CODINGS) {
    throw new CsError(
      'CS_PEER_PROTOCOL',
      `the content is coded in a way that was not asked for: ${codings.join(', ')}`,
      {
        hint: '--raw takes it as it is',
      },
    );
  }
  return codings;
}

/** @param codings from `codingsOf` */
export async function* decoded(
  chunks: Chunks,
  codings: readonly string[],
  limits: ContentLimits,
): AsyncGenerator<Uint8Array> {
  const counted = { received: 0 };
  let plain: Chunks = codings.length === 0 ? chunks : count(chunks, counted);
  for (const coding of [...codings].reverse()) plain = undo(plain, coding);
  let size = 0;
  for await (const chunk of plain) {
    size += chunk.length;
    if (size > limits.size) throw tooLong(limits.size);
    if (codings.length > 0 && size > FREE && size > counted.received * limits.ratio) {
      throw new CsError('CS_PEER_LIMIT', `the content grows to more than ${limits.ratio} times what was sent`, {
        hint: '--raw takes it as it is',
      });
    }
    yield chunk;
  }
}

export function tooLong(size: number): CsError {
  return new CsError('CS_PEER_LIMIT', `the content is longer than ${size} octets`, { hint: '--max-size SIZE' });
}

async function* count(chunks: Chunks, counted: { received: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    counted.received += chunk.length;
    yield chunk;
  }
}

async function* undo(chunks: Chunks, coding: string): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first = await source.next();
  // An answer without content (304, HEAD, an empty file) has nothing to undo.
  if (first.done) return;
  const decoder = await decoderFor(coding, first.value);
  const feeding = feed(decoder, first.value, source).catch((error: unknown) => {
    decoder.destroy(error as Error);
  });
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
    await feeding;
  } catch (error) {
    const known = asCsError(error);
    if (known.code !== 'CS_BUG') throw known;
    throw new CsError('CS_PEER_PROTOCOL', `the content is not ${coding}: ${known.message}`, { cause: error });
  } finally {
    decoder.destroy();
    await source.return?.();
  }
}

async function feed(decoder: Transform, first: Uint8Array, source: AsyncIterator<Uint8Array>): Promise<void> {
  for (let chunk: Uint8Array | undefined = first; chunk !== undefined; ) {
    if (decoder.destroyed) return;
    if (!decoder.write(chunk)) {
      await new Promise<void>((resolve) => {
        decoder.once('drain', resolve).once('close', resolve);
      });
    }
    const { done, value }: IteratorResult<Uint8Array> = await source.next();
    chunk = done ? undefined : value;
  }
  decoder.end();
}

/** `deflate` is zlib's format by the book and the bare stream by custom: the first octet tells. */
async function decoderFor(coding: string, first: Uint8Array): Promise<Transform> {
  const { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } = await import('node:zlib');
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'gzip') return createGunzip();
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
