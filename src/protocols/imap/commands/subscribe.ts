import { type Answer, ok } from '../answer.ts';
import { readMailbox } from '../mailbox.ts';

const subscribing =
  (on: boolean): Answer =>
  async (session, { cursor }) => {
    cursor.space();
    const name = readMailbox(session, cursor);
    cursor.end();
    await session.able('subscribe')(name, on);
    return ok(on ? 'subscribed' : 'not subscribed');
  };

export const subscribe = subscribing(true);
export const unsubscribe = subscribing(false);
