import type { Accounts } from '../../contracts/accounts.ts';
import type { Delivery } from '../../contracts/delivery.ts';
import { CsError } from '../../kit/errors.ts';

/**
 * Mail for the accounts of this server and for nobody else: what a server with real accounts stands on. Nothing is
 * relayed, so an authenticated sender may reach no further than anybody, and gets no copy of what was sent. What comes by the
 * login of a lent inbox is that inbox's, whomever it is for.
 */
export function localRecipients(delivery: Delivery, accounts: Accounts): Delivery {
  const ownerOf = async (address: string): Promise<string> => {
    const owner = await accounts.owner(address);
    if (owner) return owner.name;
    throw new CsError('CS_PEER_REFUSED', `${address} is nobody's address here`, {
      reply: '550 5.7.1 relaying denied',
      hint: 'cs user add, or --auth any to accept mail for everybody',
    });
  };
  const inboxOf = async (user: string | undefined): Promise<string | undefined> => {
    const identity = user === undefined ? undefined : await accounts.owner(user);
    return identity?.confined ? identity.name : undefined;
  };
  return {
    async open(envelope) {
      const inbox = await inboxOf(envelope.session?.user);
      const known = async (address: string) => (await accounts.owner(address))?.name ?? inbox;
      const named = envelope.to.map(({ address }) => (inbox === undefined ? ownerOf(address) : known(address)));
      const owners = [...(await Promise.all(named)), inbox].filter((owner) => owner !== undefined);
      return delivery.open({ ...envelope, owners });
    },
    async check(recipient, session, from) {
      if ((await inboxOf(session.user)) === undefined) await ownerOf(recipient.address);
      await delivery.check?.(recipient, session, from);
    },
  };
}
