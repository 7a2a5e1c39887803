import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HashName } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';

const NAMES: ReadonlySet<string> = new Set<HashName>(['sha256', 'sha512', 'sha1', 'md5', 'crc32']);

/** Lower-case hexadecimal. Throws `CS_UNSUPPORTED`. */
export async function digest(
  name: HashName,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<string> {
  if (!NAMES.has(name)) throw new CsError('CS_UNSUPPORTED', `no such hash: ${name}`);
  if (name === 'crc32') {
    let value = 0;
    for await (const chunk of chunks) value = crc32(chunk, value);
    return value.toString(16).padStart(8, '0');
  }
  const hash = createHash(name);
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
