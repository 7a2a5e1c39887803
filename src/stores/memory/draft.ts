import type { Draft, Envelope, Receipt } from '../../contracts/delivery.ts';
import { CsError } from '../../kit/errors.ts';
import { HEADER_LIMIT, headerFacts } from '../shared/header-facts.ts';
import { receiptFor } from '../shared/mail-fact.ts';
import { firstOctets } from '../shared/octets.ts';
import type { Arrived, MemoryHouse } from './house.ts';

/** Messages up to this size are made one piece: small slices would keep whole receive buffers alive. */
const ONE_PIECE = 1024 * 1024;

/** A message on its way into memory; its octets count against the store's limit from the moment they are written. */
export function draft(house: MemoryHouse, envelope: Envelope, into?: Arrived['into']): Draft {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let open = true;
  const close = (): void => {
    if (!open) throw new CsError('CS_BUG', 'the draft has ended');
    open = false;
    house.release(size);
  };
  return {
    write(chunk) {
      if (!open) throw new CsError('CS_BUG', 'the draft has ended');
      house.reserve(chunk.length);
      size += chunk.length;
      chunks.push(chunk);
      return undefined;
    },
    async commit(): Promise<Receipt> {
      close();
      const whole = size <= ONE_PIECE ? [Buffer.concat(chunks)] : chunks;
      const headers = headerFacts(firstOctets(whole, HEADER_LIMIT));
      const id = house.store({ chunks: whole, size, envelope, headers, into });
      return receiptFor(envelope, id, size);
    },
    async abort() {
      if (open) close();
      chunks = [];
    },
  };
}
