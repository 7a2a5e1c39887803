import type { FlagChange } from '../../contracts/mail.ts';

const SYSTEM = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'] as const;
const BY_FOLDED = new Map<string, string>(SYSTEM.map((flag) => [flag.toLowerCase(), flag]));

export const SEEN = '\\Seen';

/** Flags are caseless (RFC 9051 section 2.3.2); each once, system flags as the RFC writes them. */
export function canonicalFlags(flags: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const flag of flags) {
    const folded = flag.toLowerCase();
    if (folded !== '\\recent' && !found.has(folded)) found.set(folded, BY_FOLDED.get(folded) ?? flag);
  }
  return [...found.values()];
}

export function changeFlags(now: readonly string[], change: FlagChange, flags: readonly string[]): string[] {
  if (change === 'replace') return canonicalFlags(flags);
  if (change === 'add') return canonicalFlags([...now, ...flags]);
  const gone = new Set(flags.map((flag) => flag.toLowerCase()));
  return now.filter((flag) => !gone.has(flag.toLowerCase()));
}

/** In any order. */
export function sameFlags(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((flag) => other.includes(flag));
}
