/** A file out of a stream whose end nobody knows before. */
import { asCsError, CsError } from '../../kit/errors.ts';
import { abandoned } from '../../net/dial-deadline.ts';
import { literalPlace } from '../places/literal-place.ts';
import type { Operand } from '../places/operand.ts';
import { failureAt } from '../places/words.ts';
import { destination } from './destination.ts';
import { SKIPPED } from './rules.ts';
import type { Session } from './session.ts';

/** Nothing stands under the name before the stream has ended well. */
export async function fromStdin(session: Session, target: Operand, source: AsyncIterable<Uint8Array>): Promise<void> {
  const { places, rules, patience, ledger } = session;
  const { place, path, into } = await destination(await literalPlace(places, target), false, rules.signal);
  if (into) {
    throw new CsError('CS_USAGE', `${target.text} is a directory, and stdin has no name`, {
      hint: 'name the file in it',
    });
  }
  const { tree } = place;
  if (!tree.write) throw new CsError('CS_UNSUPPORTED', `${place.show(path)} is in a place that is read only`);
  const began = performance.now();
  const mode = rules.overwrite === 'never' ? 'new' : 'replace';
  const draft = await tree.write(path, { mode }, rules.signal).catch((error: unknown) => {
    throw failureAt(error, place, path);
  });
  const chunks = source[Symbol.asyncIterator]();
  try {
    // Whoever feeds us takes as long as it takes.
    const more = () => patience.spare(abandoned(chunks.next(), rules.signal));
    for (let next = await more(); !next.done; next = await more()) {
      rules.signal.throwIfAborted();
      const { length } = next.value;
      await rules.pace?.take(length);
      await draft.write(next.value);
      rules.moved(length);
    }
    rules.signal.throwIfAborted();
  } catch (error) {
    await draft.abort();
    throw asCsError(error);
  }
  const bytes = draft.length;
  const facts = await draft.commit();
  if (rules.verify !== 'none' && facts.size !== bytes)
    throw new CsError('CS_CHANGED', `${facts.size} octets arrived of ${bytes}`);
  const proof = rules.verify === 'none' ? 'none' : 'size';
  const outcome = { ...SKIPPED, action: 'copied', bytes, proof, attempts: 1 } as const;
  await ledger.add({ action: 'copied', from: '-', to: place.show(path), outcome, ms: performance.now() - began });
}
