let last = 0;

/**
 * Octets of this process that lie in memory. The system is asked by opening a file, which fails where no descriptor is free:
 * then what it said last, or 0.
 */
export function residentMemory(): number {
  try {
    last = process.memoryUsage.rss();
  } catch {
    // Whoever measures must not be what ends a server that has run out of descriptors.
  }
  return last;
}
