/** After a transfer: the strongest that both ends can show says whether the copy is the copy. */
import type { FileFacts, FileTree, HashName } from '../../contracts/files.ts';
import { CsError, type ErrorCode } from '../../kit/errors.ts';
import { commonHash, readHash, refuse } from './hashes.ts';
import type { FileTask, Proof, Rules, Spot } from './rules.ts';

export interface Streamed {
  readonly name: HashName;
  readonly hex: string;
}

/** Where things may only be dropped, what was written is not shown: its server's word is all there is. */
const HIDDEN = Symbol('hidden');
const UNSEEN: ReadonlySet<ErrorCode> = new Set(['CS_DENIED', 'CS_NOT_FOUND', 'CS_AUTH_REQUIRED', 'CS_AUTH_REJECTED']);

/** The hash to compute while the octets pass; undefined where none will be compared. */
export function hashToStream({ from, to }: FileTask, { verify }: Rules): HashName | undefined {
  if (verify === 'size' || verify === 'none') return undefined;
  return commonHash(farTrees([from, to])) ?? (verify === 'hash' ? 'sha256' : undefined);
}

/**
 * Throws `CS_CHANGED` when it is not; then what stands there is no good, and whoever called takes it away.
 * @param arrived what the far end says of it
 * @param streamed of all octets that were read, where they were read in one go
 */
export async function prove(
  task: FileTask,
  rules: Rules,
  arrived: FileFacts,
  size: number,
  streamed: Streamed | undefined,
): Promise<Proof> {
  if (rules.verify === 'none') return 'none';
  if (arrived.size !== size) throw unlike(`${arrived.size} octets arrived of ${size}`);
  if (rules.verify === 'size') return 'size';
  const ends = [task.from, task.to];
  const far = ends.filter(({ place }) => !place.local);
  for (let name = commonHash(farTrees(ends)); name !== undefined; name = commonHash(farTrees(ends))) {
    const hashes = await rules.spare(Promise.all(far.map((end) => ask(end, name as HashName, rules, end === task.to))));
    // Its size has been told, unless not even that was.
    if (hashes.includes(HIDDEN)) return arrived.tag === '' ? 'none' : 'size';
    if (hashes.includes(undefined)) continue;
    const own = await ownHash(task, rules, name, streamed);
    if (new Set([...hashes, ...own]).size > 1) throw unlike(`its ${name} is another`);
    return name;
  }
  return rules.verify === 'hash' ? readBack(task, rules, streamed) : 'size';
}

/** Of two local ends there is none: what was written is what was read, and only --verify=hash reads it again. */
function farTrees(ends: readonly Spot[]): readonly FileTree[] {
  return ends.filter(({ place }) => !place.local).map(({ place }) => place.tree);
}

async function ask(
  { place, path }: Spot,
  name: HashName,
  { signal, verify }: Rules,
  written: boolean,
): Promise<string | typeof HIDDEN | undefined> {
  try {
    return await place.tree.hash?.(path, name, undefined, signal);
  } catch (error) {
    if (!(error instanceof CsError)) throw error;
    if (written && verify === undefined && UNSEEN.has(error.code)) return HIDDEN;
    if (error.code !== 'CS_UNSUPPORTED') throw error;
    refuse(place.tree, name);
    return undefined;
  }
}

/** What is known at this end: from the octets that passed, else from the local file of the two. */
async function ownHash(
  { from, to }: FileTask,
  { signal }: Rules,
  name: HashName,
  streamed: Streamed | undefined,
): Promise<readonly string[]> {
  if (streamed?.name === name) return [streamed.hex];
  const near = [from, to].find(({ place }) => place.local);
  return near ? [await readHash(near, name, signal)] : [];
}

async function readBack(task: FileTask, { signal }: Rules, streamed: Streamed | undefined): Promise<Proof> {
  const name = streamed?.name ?? 'sha256';
  const there = await readHash(task.to, name, signal);
  const here = streamed?.hex ?? (await readHash(task.from, name, signal));
  if (there !== here) throw unlike(`its ${name} is another`);
  return name;
}

function unlike(why: string): CsError {
  return new CsError('CS_CHANGED', `the copy is not what was sent: ${why}`);
}
