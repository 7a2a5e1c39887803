import { HttpRefusal } from './refusal.ts';

declare const checked: unique symbol;
/** One decoded name: never empty, `.`, `..`, and without `/`, `\`, NUL or another control. */
export type Segment = string & { readonly [checked]: true };
export type Path = readonly Segment[];

export interface CanonicalPath {
  readonly path: Path;
  /** The target ended with `/`. */
  readonly directory: boolean;
}

const OCTETS = 8192;
const SEGMENT_OCTETS = 1024;
const DEPTH = 100;
// Slashes of both kinds, controls, and the one look-alike that decoders have turned into a slash.
const FORBIDDEN = /[/\\\u0000-\u001f\u007f]/;

/**
 * The path of a target (without its query), decoded once and for all; whatever else is meant is 400. Slashes in a row are
 * one (`$URL/hook` works whether or not the URL ends with one), and nothing is redirected for them.
 */
export function canonicalPath(raw: string): CanonicalPath {
  if (!raw.startsWith('/')) throw new HttpRefusal(400, 'the target is not a path');
  if (raw.length > OCTETS) throw new HttpRefusal(414, `the target is longer than ${OCTETS} octets`);
  const directory = raw.endsWith('/');
  if (raw === '/') return { path: [], directory };
  const parts = raw.split('/').filter((part) => part !== '');
  if (parts.length > DEPTH) throw new HttpRefusal(400, `the path is deeper than ${DEPTH}`);
  return { path: parts.map(segment), directory };
}

/** One name, percent-decoded once, or 400. */
export function segment(raw: string): Segment {
  const name = decode(raw);
  if (name === '' || name === '.' || name === '..' || FORBIDDEN.test(name)) {
    throw new HttpRefusal(400, 'the path holds a name that is not allowed');
  }
  if (Buffer.byteLength(name) > SEGMENT_OCTETS) throw new HttpRefusal(400, 'the path holds a name that is too long');
  return name as Segment;
}

function decode(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new HttpRefusal(400, 'the path is not percent-encoded UTF-8');
  }
}
