import type { OpenStore, StoreContext } from '../../contracts/store.ts';
import { keepingOf } from '../shared/keeping.ts';
import { delivered } from './draft.ts';
import { MemoryHouse } from './house.ts';
import { MemoryJournal } from './journal.ts';
import type { options } from './options.ts';
import { MemorySpool } from './spool.ts';
import { MemoryUsers } from './users.ts';

/** What is kept of what happened: a request costs about 200 octets, mail 700, a captured request what it brought. */
const KEPT = { facts: 100_000, octets: 64 * 1024 * 1024 };

export async function open(ctx: StoreContext<typeof options>): Promise<OpenStore> {
  const journal = new MemoryJournal(KEPT);
  const users = new MemoryUsers();
  const { memoryBytes: bytes, memoryMessages: messages } = ctx.options;
  const keeping = keepingOf(ctx.options);
  const mail = new MemoryHouse(journal, users, { bytes, messages }, keeping);
  return {
    info: { mode: 'memory', dir: null, durability: 'none' },
    users,
    journal,
    mail,
    delivery: {
      open: (envelope) => delivered(mail, envelope),
      check: ({ address }) => {
        mail.refuseFull(address);
        return undefined;
      },
    },
    spool: new MemorySpool(bytes),
    async [Symbol.asyncDispose]() {
      mail.close();
    },
  };
}
