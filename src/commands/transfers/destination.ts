import type { FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { LiteralPlace } from '../places/literal-place.ts';
import { type FilePlace, type Found, isWithin, samePlace } from '../places/place.ts';
import { about } from '../places/words.ts';

/** Where things go: below a directory each by its own name, or one of them under this very name. */
export interface Destination {
  readonly place: FilePlace;
  readonly path: FilePath;
  readonly into: boolean;
  /** What stands there; null for nothing. */
  readonly facts: FileFacts | null;
}

/** Throws `CS_NOT_DIRECTORY`, and `CS_NOT_FOUND` for a directory that was meant and is not there. */
export async function destination(
  { place, path }: LiteralPlace,
  several: boolean,
  signal: AbortSignal,
): Promise<Destination> {
  const { tree, operand } = place;
  const facts = await statOrNull(place, path, signal);
  if (facts?.kind === 'directory') return { place, path, into: true, facts };
  if (facts && (several || operand.slash)) throw new CsError('CS_NOT_DIRECTORY', `${operand.text} is no directory`);
  if (tree.impliesDirectories) return { place, path, into: several || operand.slash, facts };
  if (several || operand.slash) {
    throw new CsError('CS_NOT_FOUND', `the directory ${operand.text} is not there`, {
      hint: `cs mkdir -p ${operand.text}`,
    });
  }
  // Said before anything is carried: a tree makes no directories on the way.
  if (path.length > 0) await about(place, path.slice(0, -1), tree.stat(path.slice(0, -1), signal));
  return { place, path, into: false, facts };
}

export async function statOrNull(place: FilePlace, path: FilePath, signal: AbortSignal): Promise<FileFacts | null> {
  try {
    return await place.tree.stat(path, signal);
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_NOT_FOUND') return null;
    throw error;
  }
}

/** The path that a source gets. Its own last name, where it goes below a directory; what has no name goes right into it. */
export function targetOf({ path, into }: Destination, source: Found): FilePath {
  return into ? [...path, ...source.path.slice(-1)] : path;
}

/** Throws `CS_USAGE` for a copy onto itself, or of a directory into itself. */
export function checkApart(from: FilePlace, source: Found, { place }: Destination, target: FilePath): void {
  if (samePlace(from, source.path, place, target))
    throw new CsError('CS_USAGE', `${from.show(source.path)} and ${place.show(target)} are the same`);
  if (source.facts.kind === 'directory' && isWithin(from, source.path, place, target))
    throw new CsError('CS_USAGE', `${place.show(target)} lies inside of ${from.show(source.path)}`);
}
