import type { Accounts } from '../../contracts/accounts.ts';
import type { Delivery, DeliverySession, Draft, Envelope, Receipt, Recipient } from '../../contracts/delivery.ts';
import type { Journal } from '../../contracts/journal.ts';
import type { Spool } from '../../contracts/spool.ts';
import { receivedField } from '../../kit/trace-field.ts';

export interface OutboundWishes {
  readonly accounts: Pick<Accounts, 'mode' | 'owner'>;
  readonly spool: Spool;
  readonly journal: Pick<Journal, 'add'>;
  /** May mail leave for this address? */
  readonly allowed: (address: string) => boolean;
  /** The name in Received fields. */
  readonly hostname: string;
  /** Something was spooled. */
  readonly queued: () => void;
  readonly now?: () => Date;
}

/**
 * Mail for elsewhere goes into the queue, beside what `local` does with it. It leaves for whom `allowed` says, handed in
 * by an account or from this machine itself: nobody relays through us who is a stranger.
 */
export function outbound(local: Delivery, wishes: OutboundWishes): Delivery {
  const { accounts, allowed, spool } = wishes;
  const leaves = async ({ address }: Recipient, session: DeliverySession | undefined): Promise<boolean> =>
    allowed(address) && (await mayRelay(accounts, session)) && (await accounts.owner(address)) === undefined;

  return {
    async open(envelope) {
      const away: Recipient[] = [];
      const here: Recipient[] = [];
      for (const recipient of envelope.to) {
        const goes = await leaves(recipient, envelope.session);
        if (goes) away.push(recipient);
        // A capture server keeps a copy of everything.
        if (!goes || accounts.mode === 'any') here.push(recipient);
      }
      if (away.length === 0) return local.open(envelope);
      const copy = here.length === 0 ? undefined : await local.open({ ...envelope, to: here });
      try {
        const field = received(envelope, wishes.hostname, wishes.now?.() ?? new Date());
        const spooled = await spool.open({ ...envelope, to: away });
        await spooled.write(field);
        return new SplitDraft(envelope, copy, spooled, field.length, async (receipt) => {
          wishes.queued();
          await wishes.journal.add({
            event: 'mail.queued',
            id: receipt.id,
            size: receipt.size,
            from: envelope.from,
            to: away.map(({ address }) => address),
            user: envelope.session?.user ?? null,
          });
        });
      } catch (error) {
        await copy?.abort();
        throw error;
      }
    },
    async check(recipient, session, from) {
      if (await leaves(recipient, session)) return;
      await local.check?.(recipient, session, from);
    },
  };
}

/** An account that has logged in; without accounts, a program of this machine. Our own reports come without a session. */
async function mayRelay(accounts: OutboundWishes['accounts'], session: DeliverySession | undefined): Promise<boolean> {
  if (session === undefined) return true;
  const sender = session.user === undefined ? undefined : await accounts.owner(session.user);
  // A test's mail goes to nobody.
  if (sender?.confined) return false;
  if (session.user !== undefined && (accounts.mode === 'required' || sender?.known === true)) return true;
  return accounts.mode === 'any' && /^(?:127\.|::1$|\/)/.test(session.address);
}

/** One message on two ways: each has it when both have. The local copy first: doubling that after a failure hurts least. */
class SplitDraft implements Draft {
  readonly #envelope: Envelope;
  readonly #copy: Draft | undefined;
  readonly #spooled: Draft;
  readonly #added: number;
  readonly #done: (spooled: Receipt) => Promise<void>;

  constructor(
    envelope: Envelope,
    copy: Draft | undefined,
    spooled: Draft,
    added: number,
    done: (spooled: Receipt) => Promise<void>,
  ) {
    this.#envelope = envelope;
    this.#copy = copy;
    this.#spooled = spooled;
    this.#added = added;
    this.#done = done;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    const writing = [this.#copy?.write(chunk), this.#spooled.write(chunk)].filter((one) => one !== undefined);
    return writing.length === 0 ? undefined : Promise.all(writing).then(() => {});
  }

  async commit(): Promise<Receipt> {
    const kept = await this.#copy?.commit();
    const spooled = await this.#spooled.commit();
    await this.#done(spooled);
    const results = this.#envelope.to.map(({ address }) => ({ address, accepted: true, reply: '250 2.1.5 ok' }));
    return { id: kept?.id ?? spooled.id, size: spooled.size - this.#added, results };
  }

  async abort(): Promise<void> {
    await this.#copy?.abort();
    await this.#spooled.abort();
  }
}

/** Whoever hands mail on says where it came from. Our own reports come from nowhere. */
function received({ session, to }: Envelope, hostname: string, at: Date): Uint8Array {
  if (session === undefined) return new Uint8Array();
  const recipients = to.map(({ address }) => address);
  return Buffer.from(receivedField({ ...session, id: session.conn, by: hostname, recipients, at }));
}
