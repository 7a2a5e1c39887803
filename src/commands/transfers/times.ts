import type { FileFacts } from '../../contracts/files.ts';

const SECOND = 1000;

/**
 * Two times are the same when they differ by less than the coarser of the two can tell: FTP and HTTP say whole seconds, and
 * a file system keeps fractions. Unknown times are the same as any.
 */
export function sameTime(a: FileFacts, b: FileFacts): boolean {
  if (a.modified <= 0 || b.modified <= 0) return true;
  return Math.abs(a.modified - b.modified) < precision(a, b);
}

function precision(a: FileFacts, b: FileFacts): number {
  const whole = a.modified % SECOND === 0 || b.modified % SECOND === 0;
  return whole ? SECOND : 1;
}

/** Whether what is there was written before the source was: then the source is news. */
export function isOlder(there: FileFacts, source: FileFacts): boolean {
  return there.modified < source.modified && !sameTime(there, source);
}
