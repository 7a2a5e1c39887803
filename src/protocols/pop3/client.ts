import type { ClientEnd } from '../../contracts/protocol.ts';
import { openMailbox } from './client-login.ts';
import type { clientOptions } from './options.ts';
import { probe } from './probe.ts';
import { RemoteMailbox } from './remote-mailbox.ts';

export const client: ClientEnd<typeof clientOptions> = {
  async connect(dial, ctx) {
    const open = () => openMailbox(dial, ctx);
    const mail = new RemoteMailbox(await open(), open);
    return { mail, [Symbol.asyncDispose]: () => mail.close() };
  },
  probe,
};
