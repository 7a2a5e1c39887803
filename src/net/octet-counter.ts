import type { StreamHook } from './delay-line.ts';

/** Counts what passes, where the stream itself does not. */
export function counter(counted: { in: number; out: number }): StreamHook {
  return {
    inbound: (chunk) => {
      counted.in += chunk.length;
      return undefined;
    },
    outbound: (chunk) => {
      counted.out += chunk.length;
      return undefined;
    },
  };
}
