import type { LentInboxes } from '../../contracts/lent.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { asCsError } from '../../kit/errors.ts';
import type { InboxOptions, Servers, TestInbox } from './fixture.ts';
import { inbox } from './inbox.ts';

/** An inbox of one test; `urlOf` gives the servers' own URLs. */
export async function testInbox(
  { lent, store }: { readonly lent: LentInboxes; readonly store: OpenStore },
  urlOf: Servers['url'],
  { messages, bytes, ...more }: InboxOptions = {},
): Promise<TestInbox> {
  const quota = { ...(messages === undefined ? {} : { messages }), ...(bytes === undefined ? {} : { bytes }) };
  const { inbox: made, token: secret } = await lent.lend({ ...more, quota, by: '' });
  const { name, address, expiresAt } = made;
  const token = secret.reveal();
  const end = async (): Promise<number> => {
    try {
      return await lent.end(name);
    } catch (thrown) {
      // It had expired.
      if (asCsError(thrown).code === 'CS_NOT_FOUND') return 0;
      throw thrown;
    }
  };
  return {
    name,
    address,
    user: name,
    password: token,
    token,
    expiresAt: new Date(expiresAt),
    get page() {
      return `${urlOf('inbox')}?token=${token}`;
    },
    url: (id) => urlOf(id).replace('://', `://${name}:${token}@`),
    ...inbox(store, name),
    end,
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}
