/** Names that a tree on disk keeps for itself. No list shows them and no path leads to them. */
import { randomBytes } from 'node:crypto';
import { PROCESS_TAG } from '../shared/process-tag.ts';

export const STAGING = '.cs-staging';
const PART = '.cs-part-';

/** Also as a file system would read it that ignores case. */
export function isOwnName(name: string): boolean {
  return name.startsWith('.') && (name.toLowerCase() === STAGING || name.toLowerCase().startsWith(PART));
}

/** Of this process, and told from those of dead ones. */
export function partName(): string {
  return `${PART}${PROCESS_TAG}.${randomBytes(9).toString('hex')}`;
}

/** The process that made a part; undefined for other names. */
export function maker(name: string): string | undefined {
  return name.startsWith(PART) ? name.slice(PART.length).split('.').slice(0, 3).join('.') : undefined;
}
