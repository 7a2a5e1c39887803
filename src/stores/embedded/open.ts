import type { OpenStore, StoreContext } from '../../contracts/store.ts';

export async function open(_ctx: StoreContext): Promise<OpenStore> {
  throw new Error('to be written');
}
