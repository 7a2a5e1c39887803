/** From an operand with patterns to what there is of them. */
import { CsError } from '../../kit/errors.ts';
import { type FilePath, fileName, filePath, isFileName } from '../../kit/file-path.ts';
import { type GlobState, type PathGlob, pathGlob } from '../../kit/path-glob.ts';
import type { FilePlace, Found } from './place.ts';
import { child } from './place.ts';
import { sortedList } from './walk.ts';
import { about } from './words.ts';

/**
 * What the operand names, sorted. Without patterns exactly one thing; with patterns at least one: literally the thing of
 * that name if it is there, else all that match. Throws `CS_NOT_FOUND`.
 */
export async function* expand(place: FilePlace, signal: AbortSignal, seen: () => void): AsyncGenerator<Found> {
  const { tree, path, operand } = place;
  if (operand.patterns.length === 0) {
    yield { path, facts: await about(place, path, tree.stat(path, signal)) };
    return;
  }
  const literal = await literally(place, signal);
  if (literal) {
    yield literal;
    return;
  }
  const glob = pathGlob(operand.patterns, { dots: false });
  let count = 0;
  for await (const found of matching(place, path, glob, glob.start, { signal, seen })) {
    if (operand.slash && found.facts.kind === 'file') continue;
    count += 1;
    yield found;
  }
  if (count === 0) throw new CsError('CS_NOT_FOUND', `nothing matches ${operand.text}`);
}

async function literally({ tree, path, operand }: FilePlace, signal: AbortSignal): Promise<Found | undefined> {
  if (!operand.literals.every(isFileName)) return undefined;
  const whole = [...path, ...filePath(operand.literals)];
  try {
    return { path: whole, facts: await tree.stat(whole, signal) };
  } catch (error) {
    const none = error instanceof CsError && ['CS_NOT_FOUND', 'CS_NOT_DIRECTORY', 'CS_INPUT'].includes(error.code);
    if (none) return undefined;
    throw error;
  }
}

interface Looking {
  readonly signal: AbortSignal;
  readonly seen: () => void;
}

async function* matching(
  place: FilePlace,
  at: FilePath,
  glob: PathGlob,
  state: GlobState,
  looking: Looking,
): AsyncGenerator<Found> {
  for (const found of await candidates(place, at, glob, state, looking)) {
    const next = glob.step(state, found.path.at(-1) ?? '');
    if (glob.accepts(next)) yield found;
    if (found.facts.kind === 'directory' && glob.goesOn(next)) yield* matching(place, found.path, glob, next, looking);
  }
}

/** A name without a pattern is asked for; nothing is listed to find it. */
async function candidates(
  place: FilePlace,
  at: FilePath,
  glob: PathGlob,
  state: GlobState,
  { signal, seen }: Looking,
): Promise<readonly Found[]> {
  const only = glob.only(state);
  if (only === undefined) {
    const entries = await about(place, at, sortedList(place.tree, at, signal, seen));
    return entries.map((facts) => ({ path: child(at, facts.name), facts }));
  }
  const path = child(at, fileName(only));
  try {
    return [{ path, facts: await place.tree.stat(path, signal) }];
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_NOT_FOUND') return [];
    throw error;
  }
}
