import type { Delivery } from '../../contracts/delivery.ts';
import { CsError } from '../../kit/errors.ts';

/** Takes nothing. @param why in a sentence */
export function noRelease(why: string): Delivery {
  return {
    open: () => {
      throw new CsError('CS_DENIED', why, { hint: '--relay URL --relay-allow PATTERN' });
    },
  };
}
