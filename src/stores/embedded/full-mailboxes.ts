/** Who has no room is told before the message is sent, also when another process has set the quota. */
import { canonicalOwner, withoutDetail } from '../shared/address.ts';
import { hasQuota } from '../shared/keeping.ts';
import { limited, type Quota, refuseFull, tightest } from '../shared/quota.ts';
import type { ReaderCalls } from './calls.ts';
import type { Thread } from './thread.ts';

/** Milliseconds: for so long it is believed that no account has a quota of its own, and no recipient is looked up for it. */
const BELIEVED = 100;

export class FullMailboxes {
  readonly #reader: Thread<ReaderCalls>;
  readonly #quota: Quota;
  /** Once one was seen, every recipient is looked up. */
  #seen: boolean;
  #looking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  /** @param quota what every mailbox has */
  constructor(reader: Thread<ReaderCalls>, quota: Quota) {
    this.#reader = reader;
    this.#quota = quota;
    this.#seen = hasQuota(quota);
  }

  /** An account was written by this process. */
  changed(): void {
    this.#looked = Number.NEGATIVE_INFINITY;
  }

  /** Throws `CS_PEER_REFUSED` when the mailbox of this recipient is full; undefined: nothing to wait for. */
  check(address: string): Promise<void> | undefined {
    if (!this.#seen && performance.now() - this.#looked < BELIEVED) return undefined;
    return this.#refuseIfFull(address);
  }

  async #refuseIfFull(address: string): Promise<void> {
    if (!this.#seen) {
      this.#looking ??= this.#look();
      await this.#looking;
      if (!this.#seen) return;
    }
    const whole = canonicalOwner(address);
    const bare = withoutDetail(whole);
    const account =
      (await this.#reader.call('userByAddress', whole)) ??
      (bare === undefined ? undefined : await this.#reader.call('userByAddress', bare));
    const used = await this.#reader.call('usage', account?.name ?? whole);
    refuseFull(address, limited(used, tightest(this.#quota, account?.quota)));
  }

  async #look(): Promise<void> {
    const began = performance.now();
    try {
      this.#seen ||= await this.#reader.call('quotas', null);
      this.#looked = began;
    } finally {
      this.#looking = undefined;
    }
  }
}
