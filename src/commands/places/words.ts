import { asCsError, CsError, type ErrorCode } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { FilePlace } from './place.ts';

/** What a tree says of one of its own paths, said of the name that people wrote. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  CS_NOT_FOUND: 'is not there',
  CS_NOT_DIRECTORY: 'is no directory',
  CS_IS_DIRECTORY: 'is a directory',
  CS_EXISTS: 'is there already',
  CS_NOT_EMPTY: 'is not empty',
  CS_DENIED: 'may not be used',
};

/** Failures that name their place: whoever was nearest knew best. */
const placed = new WeakSet<CsError>();

/** Any failure about a path, in words that name it as the command line does. */
export function failureAt(error: unknown, place: FilePlace, path: FilePath): CsError {
  const failure = asCsError(error);
  const words = WORDS[failure.code];
  const told = placed.has(failure) || failure.message.startsWith(place.show(path));
  if (words === undefined || told) return failure;
  const hint = failure.hint ?? (failure.code === 'CS_NOT_FOUND' ? meant(place) : undefined);
  const named = new CsError(failure.code, `${place.show(path)} ${words}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(failure.reply === undefined ? {} : { reply: failure.reply }),
    exit: failure.exit,
    cause: failure,
  });
  placed.add(named);
  return named;
}

/** `cs wait mail` is a noun, `cs ls mail` a file of that name. */
function meant({ local, operand }: FilePlace): string | undefined {
  if (!local || !/^(?:mail|inbox)\/?$/i.test(operand.text)) return undefined;
  return 'the mail of an instance is cs://NAME/mail: cs ls cs://dev/mail';
}

/** Why a name of this machine goes nowhere. */
export function unnamable(place: FilePlace, path: FilePath, name: string): CsError {
  return new CsError('CS_INPUT', `${place.show(path)}/${name} has a name that other systems take for another`);
}

/** `work`, its failure told as `failureAt` tells it. */
export async function about<T>(place: FilePlace, path: FilePath, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw failureAt(error, place, path);
  }
}
