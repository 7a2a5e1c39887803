/** Memory, or the directory of `--data`. */
import { lstat, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Accounts } from '../../contracts/accounts.ts';
import type { Delivery } from '../../contracts/delivery.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { type AnyStore, stores } from '../../registry.ts';
import { localRecipients } from '../../stores/wrap/local-recipients.ts';
import type { CommandContext } from '../command.ts';
import type { GlobalValues } from '../globals.ts';

/** The first kind that keeps a directory, or the first that does not. */
function storeFor(data: string | undefined): AnyStore {
  return stores.find((kind) => (kind.directory ?? false) === (data !== undefined)) as AnyStore;
}

export async function openStore(
  ctx: Pick<CommandContext, 'options' | 'sections'> & { readonly ui: { readonly log: CommandContext['ui']['log'] } },
): Promise<OpenStore> {
  const { data } = ctx.options;
  const kind = storeFor(data);
  const dir = data === undefined ? undefined : await dataDirectory(resolve(data));
  const { open } = await kind.open();
  return open({ dir, options: ctx.sections[kind.name] ?? {}, log: ctx.ui.log });
}

async function dataDirectory(dir: string): Promise<string> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if ((await lstat(dir)).isSymbolicLink()) {
      throw new CsError('CS_UNSAFE', `the data directory ${dir} is a link`, {
        hint: 'name the directory that it points to',
      });
    }
    return dir;
  } catch (error) {
    const cause = asCsError(error);
    if (cause === error) throw cause;
    throw new CsError('CS_LOCAL_IO', `cannot use the data directory ${dir}: ${cause.message}`, { cause });
  }
}

/** With `--auth required` only accounts get mail; otherwise everything is captured. */
export function servedDelivery(store: OpenStore, accounts: Accounts, options: GlobalValues): Delivery {
  return options.auth === 'required' ? localRecipients(store.delivery, accounts) : store.delivery;
}
