import { timingSafeEqual } from 'node:crypto';
import type { HashName } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { createDigest } from '../transfers/hashes.ts';

const DIGITS: Readonly<Record<HashName, number>> = { sha256: 64, sha512: 128, sha1: 40, md5: 32, crc32: 8 };

/** A hash that content has to have. */
export interface Checksum {
  update(chunk: Uint8Array): void;
  /** Throws `CS_ASSERTION` where it has another one. */
  check(what: string): void;
}

/** `sha256:HEX` or `sha256=HEX`. Throws `CS_USAGE`. */
export function parseChecksum(text: string): Checksum {
  const [, name = '', hex = ''] = /^([a-z0-9]+)[:=]([0-9A-Fa-f]+)$/.exec(text.trim()) ?? [];
  if (!Object.hasOwn(DIGITS, name) || DIGITS[name as HashName] !== hex.length) {
    throw new CsError('CS_USAGE', `not a checksum: ${JSON.stringify(text.slice(0, 150))}`, {
      hint: 'sha256:HEX, sha512:HEX, sha1:HEX, md5:HEX or crc32:HEX',
    });
  }
  const digest = createDigest(name as HashName);
  return {
    update: (chunk) => digest.update(chunk),
    check(what) {
      const found = digest.hex();
      if (timingSafeEqual(Buffer.from(found), Buffer.from(hex.toLowerCase()))) return;
      throw new CsError('CS_ASSERTION', `${what} has another ${name}: ${found}`);
    },
  };
}
