import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Octets this process can still reach, garbage collected first. Resident memory tells of the collector's moods instead:
 * a newer V8 lets three times as much garbage lie before it looks.
 */
export function keptOctets(): number {
  // The second ends the sweep that the first one left to another thread.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
