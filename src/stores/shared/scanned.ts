import type { MessageIndex } from '../../contracts/mail.ts';

/** Octets of one batch of a scan. */
export const SCAN_BATCH = 1024 * 1024;
/** A larger message is not given as a whole (contracts/mail.ts). */
export const CONTENT_LIMIT = 256 * 1024;

/** The wanted parts of an index. */
export function picked(index: MessageIndex, wanted: readonly (keyof MessageIndex)[]): Partial<MessageIndex> {
  return Object.fromEntries(wanted.map((key) => [key, index[key]]));
}

/** Octets that an index takes in memory, roughly. */
export function indexCost({ envelope, structure }: MessageIndex): number {
  return 1024 + 2 * envelope.length + 3 * structure.length;
}
