import type { CommandContext } from '../command.ts';
import { askPassword } from '../password.ts';
import type { Reached } from '../reach.ts';

/** Who named a user and no password is asked for it, where somebody is there to be asked. */
export async function withPassword(ctx: CommandContext, reached: Reached): Promise<Reached> {
  const { target, protocol } = reached;
  const asked = target.user !== undefined && target.password === undefined && protocol.family !== 'control';
  if (!asked || !ctx.ui.interactive) return reached;
  const password = await askPassword(ctx, `password of ${target.user} at ${target.host}:`);
  const safe = { ...target, password };
  const context = { ...reached.context, target: safe };
  return { ...reached, target: safe, context, connect: () => reached.client.connect(reached.dial, context) };
}
