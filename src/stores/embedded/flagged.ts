import type { FlagResult } from '../../contracts/mail.ts';
import type { Flagged } from './calls.ts';

/** As the contract has it: by uid. */
export function flagResult({ modseq, changed, refused }: Flagged): FlagResult {
  const states = changed.flatMap(({ flags, uids }) => uids.map((uid) => ({ uid, flags, modseq })));
  if (changed.length > 1) states.sort((one, other) => one.uid - other.uid);
  return { changed: states, refused };
}
