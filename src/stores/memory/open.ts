import type { OpenStore, StoreContext } from '../../contracts/store.ts';
import { delivered } from './draft.ts';
import { MemoryHouse } from './house.ts';
import { MemoryJournal } from './journal.ts';
import type { options } from './options.ts';
import { MemorySpool } from './spool.ts';
import { MemoryUsers } from './users.ts';

/** Facts kept; at about 300 octets each they cost 30 MB. */
const FACTS = 100_000;

export async function open(ctx: StoreContext<typeof options>): Promise<OpenStore> {
  const journal = new MemoryJournal(FACTS);
  const users = new MemoryUsers();
  const { memoryBytes: bytes, memoryMessages: messages } = ctx.options;
  const mail = new MemoryHouse(journal, users, { bytes, messages }, { bytes: undefined, messages: undefined });
  return {
    info: { mode: 'memory', dir: null, durability: 'none' },
    users,
    journal,
    mail,
    delivery: { open: (envelope) => delivered(mail, envelope) },
    spool: new MemorySpool(bytes),
    async [Symbol.asyncDispose]() {},
  };
}
