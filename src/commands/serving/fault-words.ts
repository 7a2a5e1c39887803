/** `--fail` before anything is opened: a word that no server here knows would never strike, and nobody would notice. */
import { CsError } from '../../kit/errors.ts';
import { parseReplyFault } from '../../kit/faults.ts';
import { suggest } from '../../kit/suggest.ts';
import type { Service } from './services.ts';

/** Throws `CS_USAGE`, with the words there are. */
export async function checkFaultWords(fail: readonly string[], services: readonly Service[]): Promise<void> {
  const faults = fail.map(parseReplyFault);
  const protocols = new Set(services.map(({ protocol }) => protocol));
  const lists = await Promise.all([...protocols].map(({ faults: words }) => words?.() ?? []));
  const known = new Set(lists.flat().map((word) => word.toLowerCase()));
  const stranger = faults.find(({ command }) => !known.has(command));
  if (stranger === undefined) return;
  const near = suggest(stranger.command, [...known]);
  const words = known.size === 0 ? 'none of these servers fails on request' : `one of: ${[...known].join(' ')}`;
  throw new CsError('CS_USAGE', `--fail ${stranger.command}: no server here knows that command`, {
    hint: near === undefined ? words : `did you mean ${near}? ${words}`,
  });
}
