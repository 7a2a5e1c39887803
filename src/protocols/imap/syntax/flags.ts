/** Flags (RFC 9051 section 2.3.2): `\Seen` and keywords. */
import type { Cursor } from './cursor.ts';

export const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;
const BY_FOLDED = new Map<string, string>([...SYSTEM_FLAGS, '\\Recent'].map((flag) => [flag.toLowerCase(), flag]));

/** One flag as it is sent by either end, in the RFC's case; `\*` too where `star`. */
export function readFlag(cursor: Cursor, star = false): string {
  if (!cursor.accept('\\')) return cursor.atom('a flag');
  if (star && cursor.accept('*')) return '\\*';
  const flag = `\\${cursor.atom('a flag')}`;
  return BY_FOLDED.get(flag.toLowerCase()) ?? flag;
}

/** What may be kept: no `\Recent`, and none of the names that only a standard may give (RFC 9051 section 9, flag-extension). */
export function lasting(flags: readonly string[]): string[] {
  return flags.filter((flag) => !flag.startsWith('\\') || (SYSTEM_FLAGS as readonly string[]).includes(flag));
}

/** `(\Seen $Junk)`; where `bare`, without parentheses too (STORE). */
export function readFlags(cursor: Cursor, { bare = false, star = false } = {}): string[] {
  if (!bare || cursor.peek === '(') return cursor.list(() => readFlag(cursor, star));
  const flags = [readFlag(cursor, star)];
  while (cursor.accept(' ')) flags.push(readFlag(cursor, star));
  return flags;
}

export function formatFlags(flags: readonly string[]): string {
  return `(${flags.join(' ')})`;
}
