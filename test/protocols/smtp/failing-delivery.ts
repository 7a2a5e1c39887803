import type { Delivery, Draft } from '../../../src/contracts/delivery.ts';
import { CsError } from '../../../src/kit/errors.ts';

const full = () => new CsError('CS_DISK_FULL', 'no space left');

/** A delivery whose disk is full at one step while `broken` says so; `late` fails by a promise. */
export function failing(
  delivery: Delivery,
  step: 'open' | 'write' | 'late' | 'commit',
  broken: () => boolean,
): Delivery {
  return {
    async open(envelope) {
      if (step === 'open' && broken()) throw full();
      const draft = await delivery.open(envelope);
      return {
        write: (chunk) => {
          if (step === 'write' && broken()) throw full();
          if (step === 'late' && broken()) return Promise.reject(full());
          return draft.write(chunk);
        },
        commit: () => (step === 'commit' && broken() ? Promise.reject(full()) : draft.commit()),
        abort: () => draft.abort(),
      } satisfies Draft;
    },
  };
}
