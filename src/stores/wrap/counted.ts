import type { Delivery, Draft } from '../../contracts/delivery.ts';

/** Tells of each message that was taken, so that nobody has to read the journal for a number. */
export function counted(delivery: Delivery, taken: () => void): Delivery {
  const around = (draft: Draft): Draft => ({
    write: (chunk, spent) => draft.write(chunk, spent),
    abort: () => draft.abort(),
    commit: async () => {
      const receipt = await draft.commit();
      taken();
      return receipt;
    },
  });
  return {
    ...delivery,
    open: (envelope) => {
      const opening = delivery.open(envelope);
      return opening instanceof Promise ? opening.then(around) : around(opening);
    },
  };
}
