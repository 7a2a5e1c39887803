import type { ClientEnd } from '../../contracts/protocol.ts';
import { openAccount } from './client/account.ts';
import { openSession } from './client/login.ts';
import { probe } from './client/probe.ts';
import { remoteStore } from './client/remote-store.ts';

export const client: ClientEnd = {
  async connect(dial, ctx) {
    const open = () => openSession(dial, ctx);
    const first = await open();
    try {
      const account = await openAccount(first, open);
      return { mail: remoteStore(account, ctx), [Symbol.asyncDispose]: () => account.pool.close() };
    } catch (error) {
      await first.close();
      throw error;
    }
  },
  probe,
};
