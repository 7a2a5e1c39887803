/** One file from one tree into another: by the far end alone where it can, else octet by octet through here. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileDraft } from '../../contracts/file-draft.ts';
import type { Attributes, FileFacts, OpenFile } from '../../contracts/files.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { about } from '../places/words.ts';
import { createDigest } from './hashes.ts';
import { hashToStream, prove, type Streamed } from './proof.ts';
import { type FileTask, type Outcome, type Rules, SKIPPED, type Spot } from './rules.ts';
import { BLOCK, inSegments } from './segments.ts';
import { isOlder } from './times.ts';
import { carryWhole, goesWhole } from './whole.ts';

/** Between attempts, doubled each time, in milliseconds. */
const PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** Octets from which on a file is announced with its size. */
const CLAIMED = 1024 * 1024;

/** Nothing stands under the new name unless it is whole. Throws what the last attempt threw. */
export async function transfer(task: FileTask, rules: Rules): Promise<Outcome> {
  const there = rules.overwrite === 'always' ? task.there : await look(task, rules);
  if (there && rules.overwrite === 'never') return SKIPPED;
  if (there && rules.overwrite === 'older' && !isOlder(there, task.facts)) return SKIPPED;
  for (let attempts = 1; ; attempts++) {
    try {
      return { ...(await attempt(task, rules, { first: attempts === 1, more: attempts <= rules.retries })), attempts };
    } catch (error) {
      const failure = asCsError(error);
      if (failure.code === 'CS_EXISTS' && rules.overwrite === 'never') return SKIPPED;
      // What changed while it was read deserves another look at once; who is refused waits.
      const changed = failure.code === 'CS_CHANGED' && attempts === 1;
      if (rules.signal.aborted || !(changed || (attempts <= rules.retries && failure.retryable))) throw error;
      if (changed) continue;
      const pause = Math.min(PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE);
      await rules.spare(sleep(pause, undefined, { signal: rules.signal })).catch(() => rules.signal.throwIfAborted());
    }
  }
}

async function look({ there, to }: FileTask, { signal }: Rules): Promise<FileFacts | null> {
  if (there !== undefined) return there;
  try {
    return await to.place.tree.stat(to.path, signal);
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_NOT_FOUND') return null;
    throw error;
  }
}

type Attempt = Omit<Outcome, 'attempts'>;

interface Turn {
  readonly first: boolean;
  /** If this one fails for a time, there will be another. */
  readonly more: boolean;
}

async function attempt(task: FileTask, rules: Rules, turn: Turn): Promise<Attempt> {
  const { from, to } = task;
  if (from.place.tree === to.place.tree && to.place.tree.copy) return copyThere(task, rules);
  return turn.first && goesWhole(task, rules) ? whole(task, rules) : stream(task, rules, turn);
}

async function copyThere(task: FileTask, rules: Rules): Promise<Attempt> {
  const { from, to, facts } = task;
  const { tree } = to.place;
  const { signal } = rules;
  await rules.spare(Promise.resolve(tree.copy?.(from.path, to.path, { replace: rules.overwrite !== 'never' }, signal)));
  rules.moved(facts.size);
  if (rules.preserve) await tree.setAttributes?.(to.path, kept(facts, to, from), signal);
  const arrived = rules.verify === 'none' ? facts : await tree.stat(to.path, signal);
  const proof = await proven(task, rules, arrived, facts.size, undefined);
  return { action: 'copied', bytes: facts.size, proof, remote: true, resumed: 0 };
}

/** What the copy takes over: an unknown time is none, and permissions go only from one local place to another. */
function kept({ modified, mode }: FileFacts, { place }: Spot, from: Spot): Attributes {
  const local = place.local && from.place.local;
  return { ...(modified > 0 ? { modified } : {}), ...(local && mode !== undefined ? { mode } : {}) };
}

async function whole(task: FileTask, rules: Rules): Promise<Attempt> {
  const { from, to } = task;
  const { arrived, size, streamed } = await carryWhole(task, rules, (facts) => kept(facts, to, from));
  const proof = await proven(task, rules, arrived, size, streamed);
  return { action: 'copied', bytes: size, proof, remote: false, resumed: 0 };
}

async function stream(task: FileTask, rules: Rules, turn: Turn): Promise<Attempt> {
  const { from, to } = task;
  const { signal } = rules;
  await using file = await from.place.tree.open(from.path, signal, turn.first ? task.facts : undefined);
  // The facts of the very version that was opened, where the far end tells them.
  const facts = file.facts.modified > 0 ? file.facts : { ...task.facts, size: file.facts.size };
  const { draft, start } = await about(to.place, to.path, begin(task, rules, facts, turn.first));
  let ended = false;
  try {
    const streamed = await carry(task, rules, file, draft, start);
    checkUnchanged(from, file.facts);
    const size = draft.length;
    const arrived = await about(to.place, to.path, draft.commit(rules.preserve ? kept(facts, to, from) : undefined));
    ended = true;
    const proof = await proven(task, rules, arrived, size, streamed);
    return { action: 'copied', bytes: size - start, proof, remote: false, resumed: start };
  } catch (error) {
    const failure = asCsError(error);
    const keep = rules.resume || (turn.more && failure.retryable);
    if (!ended) await draft.abort({ keep: keep && failure.code !== 'CS_CHANGED' });
    throw error;
  }
}

/** The draft, and how many octets of the file it holds already. */
async function begin(
  { from, to, there }: FileTask,
  { overwrite, resume, retries, signal }: Rules,
  facts: FileFacts,
  first: boolean,
): Promise<{ draft: FileDraft; start: number }> {
  const { tree } = to.place;
  if (!tree.write) throw new CsError('CS_UNSUPPORTED', `${to.place.show(to.path)} is in a place that is read only`);
  const mode = overwrite === 'never' ? 'new' : 'replace';
  const { size } = facts;
  // Room is asked for where it may matter: the question costs more than a small file.
  const claim = size >= CLAIMED ? { size } : {};
  const known = first && there !== undefined ? { known: there } : {};
  if (!(resume || retries > 0) || !tree.staged) {
    return { draft: await tree.write(to.path, { mode, ...claim, ...known }, signal), start: 0 };
  }
  const stage = stageName(from, facts);
  const left = await tree.staged(to.path, stage);
  const start = left !== undefined && left.length <= size ? left.length : 0;
  const at = start > 0 ? { offset: start } : {};
  return { draft: await tree.write(to.path, { mode, ...claim, stage, ...at }, signal), start };
}

/** The same for the same content only: of another version nothing is gone on with. */
function stageName({ place, path }: Spot, { size, modified, tag }: FileFacts): string {
  const what = JSON.stringify([place.home, path, size, Math.floor(modified / 1000), tag]);
  return createHash('sha256').update(what).digest('hex').slice(0, 32);
}

async function carry(
  task: FileTask,
  rules: Rules,
  file: OpenFile,
  draft: FileDraft,
  start: number,
): Promise<Streamed | undefined> {
  const { size } = file.facts;
  const name = start === 0 ? hashToStream(task, rules) : undefined;
  const digest = name === undefined ? undefined : createDigest(name);
  for await (const chunk of octets(task, rules, file, start)) {
    rules.signal.throwIfAborted();
    digest?.update(chunk);
    const pause = rules.pace?.take(chunk.length);
    if (pause) await pause;
    // From here on the octets are the draft's.
    const { length } = chunk;
    const busy = draft.write(chunk);
    if (busy) await busy;
    rules.moved(length);
  }
  rules.signal.throwIfAborted();
  if (draft.length !== size) {
    throw new CsError('CS_CHANGED', `the file was changed while it was read: ${draft.length} octets of ${size}`);
  }
  return digest && { name: digest.name, hex: digest.hex() };
}

function octets({ from }: FileTask, rules: Rules, file: OpenFile, start: number): AsyncIterable<Uint8Array> {
  const { size } = file.facts;
  const { segments: count, signal } = rules;
  if (count > 1 && size - start >= 2 * BLOCK)
    return inSegments(() => from.place.tree.open(from.path, signal), { start, size, count });
  return start === 0 ? file.read() : file.read({ start, end: size });
}

/** Where it costs nothing to ask: somebody who writes into the file in place is not seen by its length alone. */
function checkUnchanged({ place, path }: Spot, facts: FileFacts): void {
  const now = place.tree.peek?.(path);
  if (now && now.tag !== facts.tag) {
    throw new CsError('CS_CHANGED', `the file was changed while it was read`);
  }
}

/** A copy that is not what was sent is taken away: its size and time would pass for the file's. */
async function proven(
  task: FileTask,
  rules: Rules,
  arrived: FileFacts,
  size: number,
  streamed: Streamed | undefined,
): Promise<Outcome['proof']> {
  try {
    return await prove(task, rules, arrived, size, streamed);
  } catch (error) {
    const { place, path } = task.to;
    if (asCsError(error).code === 'CS_CHANGED') await place.tree.remove?.(path, 'file', rules.signal).catch(() => {});
    throw error;
  }
}
