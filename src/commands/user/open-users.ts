import type { UserRecords } from '../../contracts/accounts.ts';
import { CsError } from '../../kit/errors.ts';
import { defaults } from '../../kit/option.ts';
import { stores } from '../../registry.ts';
import type { CommandContext } from '../command.ts';
import { openStore } from '../serving/open-store.ts';

/** Runs `task` on the accounts of the data directory; throws `CS_USAGE` when none is named. */
export async function withUsers<T>(ctx: CommandContext, task: (users: UserRecords) => Promise<T>): Promise<T> {
  if (ctx.options.data === undefined) {
    throw new CsError('CS_USAGE', 'accounts are kept in a data directory, and none is named', {
      hint: 'give --data DIR or set CS_DATA_DIR',
    });
  }
  const sections = Object.fromEntries(stores.map((kind) => [kind.name, defaults(kind.options)]));
  await using store = await openStore({ options: ctx.options, sections, ui: ctx.ui });
  return await task(store.users);
}
