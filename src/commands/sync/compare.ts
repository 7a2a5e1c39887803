import type { FileFacts, HashName } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { commonHash, readHash, refuse } from '../transfers/hashes.ts';
import type { Spot } from '../transfers/rules.ts';
import { sameTime } from '../transfers/times.ts';

/** Why a file is carried; undefined where it is the same. `time`: the content is the same, and only its time is not. */
export type Difference = 'new' | 'size' | 'changed' | 'content' | 'time';

export interface CompareOrder {
  readonly from: Spot;
  readonly to: Spot;
  readonly facts: FileFacts;
  readonly there: FileFacts | null;
  readonly byContent: boolean;
  readonly signal: AbortSignal;
}

export async function difference(order: CompareOrder): Promise<Difference | undefined> {
  const { facts, there, to, byContent } = order;
  if (there === null) return 'new';
  if (there.size !== facts.size) return 'size';
  const { setAttributes } = to.place.tree;
  // Where times cannot be kept, what was written after the source was is its copy.
  const timely = (await sameTimes(order, there)) || (!setAttributes && there.modified > facts.modified);
  if (!byContent) return timely ? undefined : 'changed';
  if (!(await sameContent(order))) return 'content';
  return timely || !setAttributes ? undefined : 'time';
}

const MINUTE = 60_000;

/** Some listings tell minutes only: where that is all the difference, the file itself is asked. */
async function sameTimes({ from, to, facts, signal }: CompareOrder, there: FileFacts): Promise<boolean> {
  if (sameTime(facts, there)) return true;
  if (Math.abs(facts.modified - there.modified) >= MINUTE) return false;
  const exact = ({ place, path }: Spot, told: FileFacts): Promise<FileFacts> | FileFacts =>
    !place.local && told.modified % MINUTE === 0 ? place.tree.stat(path, signal) : told;
  const [here, far] = await Promise.all([exact(from, facts), exact(to, there)]);
  return (here !== facts || far !== there) && sameTime(here, far);
}

async function sameContent({ from, to, facts, signal }: CompareOrder): Promise<boolean> {
  if (facts.size === 0) return true;
  const far = [from, to].filter(({ place }) => place.tree.hash).map(({ place }) => place.tree);
  const name = commonHash(far) ?? 'sha256';
  const [here, there] = await Promise.all([hashAt(from, name, signal), hashAt(to, name, signal)]);
  return here === there;
}

/** At the end where the file is, if that can; else by reading it. */
async function hashAt(spot: Spot, name: HashName, signal: AbortSignal): Promise<string> {
  const { place, path } = spot;
  if (!place.tree.hash) return readHash(spot, name, signal);
  try {
    return await place.tree.hash(path, name, undefined, signal);
  } catch (error) {
    if (!(error instanceof CsError && error.code === 'CS_UNSUPPORTED')) throw error;
    refuse(place.tree, name);
    return readHash(spot, name, signal);
  }
}
