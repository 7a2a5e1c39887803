/** What browsers are told about keeping a file (RFC 9111, RFC 8246). */
import { CsError } from '../../../kit/errors.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import { parseDuration } from '../../../kit/units.ts';

/** Cache-Control for a file of this name. */
export type CacheRule = (name: FilePath) => string;

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Kept, and asked for again before each use: never stale, rarely sent twice. */
const REVALIDATE = 'no-cache';
// The last part of a name before its ending, where build tools put a hash.
const PART = /[.-]([A-Za-z0-9_]{8,64})(?:\.[a-z0-9]{1,10}){1,2}$/;
const HEX = /^[0-9a-f]{8,}$/;
// Base 32 and base 64: names that people give look like it too, so only where build tools write.
const DENSE = /^(?:[A-Z2-7]{8}|(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_]{8,})$/;
const BUILT_NAME = /\.(?:m?js|css)(?:\.map)?$/;
const BUILT_PLACE = new Set(['assets', '_astro', '_next', '_nuxt', '_app', 'immutable', 'chunks', 'static']);

/** A name that holds a hash of the content: another content would have another name. */
export function isHashed(path: FilePath): boolean {
  const name = path.at(-1) ?? '';
  const [, part = ''] = PART.exec(name) ?? [];
  if (!/\d/.test(part) || !/[A-Za-z]/.test(part)) return false;
  if (HEX.test(part)) return true;
  return DENSE.test(part) && (BUILT_NAME.test(name) || path.some((directory) => BUILT_PLACE.has(directory)));
}

/** `auto`, `none`, or a time. Throws `CS_USAGE`. */
export function cacheRule(written: string): CacheRule {
  if (written === 'none') return () => 'no-store';
  if (written === 'auto') return (name) => (isHashed(name) ? IMMUTABLE : REVALIDATE);
  let seconds: number;
  try {
    seconds = Math.round(parseDuration(written) / 1000);
  } catch {
    throw new CsError('CS_USAGE', `--cache is auto, none or a time: ${JSON.stringify(written)}`, {
      hint: '--cache 1h',
    });
  }
  return (name) => (isHashed(name) ? IMMUTABLE : `public, max-age=${seconds}`);
}
