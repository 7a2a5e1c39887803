import type { ClientContext, ClientEnd, Dial } from '../../contracts/protocol.ts';
import { Agent } from './client/agent.ts';
import { lazyTree } from './client/lazy-tree.ts';
import type { clientOptions } from './client-options.ts';

type Context = ClientContext<typeof clientOptions>;

/** Requests at an origin, and the files there. Nothing is dialled before the first request. */
export const client: ClientEnd<typeof clientOptions> = {
  async connect(dial, ctx) {
    const agent = agentOf(dial, ctx);
    return {
      exchange: agent,
      files: lazyTree(agent, ctx.options.connections),
      [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
    };
  },
  probe: async (dial, ctx) => (await import('./client/probe.ts')).probe(dial, ctx),
};

export function agentOf(dial: Dial, { target, options, signal }: Context): Agent {
  return new Agent({
    ...{ dial, target, signal },
    version: options.http,
    login: options.auth,
    plaintext: options.plaintextAuth,
    redirects: options.redirects,
    downgrade: options.allowDowngrade,
    connections: options.connections,
    limits: { size: options.maxSize, ratio: options.maxRatio },
  });
}
