import type { ByteRange } from '../../contracts/mail.ts';
import type { Spool } from '../../contracts/spool.ts';
import { sliced } from '../shared/octets.ts';
import { noSpooled, spoolEnvelope } from '../shared/spooled.ts';
import type { ReaderCalls } from './calls.ts';
import { DeliveredDraft, type Intake } from './draft.ts';
import type { Thread } from './thread.ts';

type House = Intake & { readonly reader: Thread<ReaderCalls> };

/** Mail on its way out, as safe as the mail that came in. */
export function diskSpool(house: House): Spool {
  const { writer, reader, blobs, space } = house;
  const intake: Intake = { ...house, stored: () => {} };
  return {
    open: (envelope) => {
      const checking = space.check(envelope.size ?? 0);
      const spool = { envelope: spoolEnvelope(envelope), to: envelope.to };
      const draft = new DeliveredDraft(intake, envelope, { spool });
      return checking ? checking.then(() => draft) : draft;
    },
    lease: (now, until, most, busy) => writer.call('spoolLease', { now, until, most, busy }),
    extend: ({ id, term }, until) => writer.call('spoolExtend', { id, term, until }),
    settle: async ({ id, term }, outcomes) => {
      const done = await writer.call('spoolSettle', { id, term, outcomes });
      await blobs.remove(done.blobs);
      return done.settled;
    },
    read: (id, range) => read(house, id, range),
    list: () => reader.call('spoolList', null),
    retry: (ids) => writer.call('spoolRetry', ids),
    remove: async (ids) => {
      const gone = await writer.call('spoolRemove', ids);
      await blobs.remove(gone.blobs);
      space.doubt();
      return gone.count;
    },
    due: (busy = []) => reader.call('spoolDue', busy),
  };
}

async function* read({ reader, blobs }: House, id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const content = await reader.call('spoolContent', id);
  if ('bytes' in content) return yield* sliced([content.bytes], range);
  try {
    yield* blobs.read(content.blob, range);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noSpooled(id);
    throw error;
  }
}
