import type { ClientEnd } from '../../contracts/protocol.ts';
import { openSession } from './client-login.ts';
import { newManner } from './client-manner.ts';
import type { clientOptions } from './client-options.ts';
import { SessionPool } from './client-pool.ts';
import { probe, sessionFacts } from './client-probe.ts';
import { RemoteTree } from './client-tree.ts';

export const client: ClientEnd<typeof clientOptions> = {
  async connect(dial, ctx) {
    const manner = newManner(ctx.options.charset, ctx.options.pipelining);
    const open = () => openSession(dial, ctx, manner);
    const first = await open();
    const facts = sessionFacts(first);
    const pool = new SessionPool(first, open, ctx.options.connections);
    return { files: new RemoteTree(pool, manner, ctx), facts: () => facts, [Symbol.asyncDispose]: () => pool.close() };
  },
  probe,
};
