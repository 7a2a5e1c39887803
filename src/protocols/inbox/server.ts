import type { Handler, ServerEnd } from '../../contracts/protocol.ts';
import type { InboxNeeds } from './inbox.ts';
import type { options } from './options.ts';

/** It comes with every mail server and is often never looked at: all of it is loaded at the first connection. */
export const server: ServerEnd<InboxNeeds, typeof options> = {
  async open(ctx) {
    let handler: Promise<Handler> | undefined;
    return async (conn) => {
      handler ??= import('./inbox.ts').then(({ createInbox }) => createInbox(ctx));
      await (await handler)(conn);
    };
  },
};
