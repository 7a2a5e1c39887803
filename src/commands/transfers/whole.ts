/** A small file in two calls, where both ends can: steps would cost more than its octets. */
import type { Attributes, FileFacts } from '../../contracts/files.ts';
import { about } from '../places/words.ts';
import { createDigest } from './hashes.ts';
import { hashToStream, type Streamed } from './proof.ts';
import type { FileTask, Rules } from './rules.ts';

/** Octets up to which a file is small. */
const SMALL = 64 * 1024;

/** What an earlier run left is gone on with by a draft alone. */
export function goesWhole({ from, to, facts }: FileTask, { resume }: Rules): boolean {
  const able = from.place.tree.readWhole !== undefined && to.place.tree.writeWhole !== undefined;
  return able && !resume && facts.size <= SMALL;
}

/** What is under the new name, and what was read. */
export async function carryWhole(task: FileTask, rules: Rules, kept: (facts: FileFacts) => Attributes) {
  const { from, to, there } = task;
  const { signal } = rules;
  const { facts: read, octets } = await from.place.tree.readWhole!(from.path, task.facts, signal);
  // The facts of the very version that was read, where the far end tells them.
  const facts = read.modified > 0 ? read : { ...task.facts, size: read.size };
  const { size } = facts;
  const streamed = digested(task, rules, octets);
  const pause = rules.pace?.take(size);
  if (pause) await pause;
  signal.throwIfAborted();
  const order = {
    mode: rules.overwrite === 'never' ? 'new' : 'replace',
    ...(there === undefined ? {} : { known: there }),
  } as const;
  const writing = to.place.tree.writeWhole!(to.path, order, octets, rules.preserve ? kept(facts) : undefined, signal);
  const arrived = await about(to.place, to.path, writing);
  rules.moved(size);
  return { arrived, size, streamed };
}

function digested(task: FileTask, rules: Rules, octets: readonly Uint8Array[]): Streamed | undefined {
  const name = hashToStream(task, rules);
  if (name === undefined) return undefined;
  const digest = createDigest(name);
  for (const chunk of octets) digest.update(chunk);
  return { name, hex: digest.hex() };
}
