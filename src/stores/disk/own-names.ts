/** Names that a tree on disk keeps for itself. No list shows them and no path leads to them. */
import { createHash, randomFillSync } from 'node:crypto';
import { PROCESS_TAG } from '../shared/process-tag.ts';

/** The directory at the root where files stand until they are whole. */
export const STAGING = '.cs-staging';
const PART = '.cs-part-';
const KEPT = '.cs-kept-';
const FACTS = '.json';

/** Also as a file system would read it that ignores case. */
export function isOwnName(name: string): boolean {
  if (!name.startsWith('.')) return false;
  const lower = name.toLowerCase();
  return lower === STAGING || lower.startsWith(PART) || lower.startsWith(KEPT);
}

/** Octets of one part's name; drawn for many at once, because a draw costs more than the octets. */
const DRAWN = 9;
const pool = Buffer.allocUnsafeSlow(DRAWN * 256);
let spent = pool.length;

function drawn(): string {
  if (spent === pool.length) {
    randomFillSync(pool);
    spent = 0;
  }
  spent += DRAWN;
  return pool.toString('hex', spent - DRAWN, spent);
}

/** Of this process, and told from those of dead ones; `key` is that of the stage it goes on with. */
export function partName(key = ''): string {
  return `${PART}${PROCESS_TAG}.${drawn()}${key && `.${key}`}`;
}

export interface Part {
  /** The process that made it. */
  readonly tag: string;
  readonly key: string | undefined;
}

export function readPart(name: string): Part | undefined {
  if (!name.startsWith(PART)) return undefined;
  const words = name.slice(PART.length).split('.');
  return { tag: words.slice(0, 3).join('.'), key: words[4] };
}

/** What a stage of an upload to `target` is called. */
export function stageKey(target: string, stage: string): string {
  return createHash('sha256').update(`${stage}\n${target}`).digest('hex').slice(0, 32);
}

export function keptName(key: string): string {
  return KEPT + key;
}

/** Beside what is kept: whose it is. */
export function factsName(key: string): string {
  return KEPT + key + FACTS;
}

export function readKept(name: string): { readonly key: string; readonly facts: boolean } | undefined {
  if (!name.startsWith(KEPT)) return undefined;
  const facts = name.endsWith(FACTS);
  return { key: name.slice(KEPT.length, facts ? -FACTS.length : undefined), facts };
}
