import type { UserRecord, UserRecords } from '../../contracts/accounts.ts';
import { canonicalOwner } from '../shared/address.ts';
import { hasQuota } from '../shared/keeping.ts';

export class MemoryUsers implements UserRecords {
  readonly #records = new Map<string, UserRecord>();
  readonly #byAddress = new Map<string, string>();

  /** Has any account had a quota of its own? */
  limited = false;

  /** The name of the account that owns a canonical address. */
  ownerOf(address: string): string | undefined {
    return this.#byAddress.get(address) ?? (this.#records.has(address) ? address : undefined);
  }

  quotaOf(name: string): UserRecord['quota'] {
    return this.#records.get(name)?.quota;
  }

  async get(name: string): Promise<UserRecord | undefined> {
    return this.#records.get(name);
  }

  async byAddress(address: string): Promise<UserRecord | undefined> {
    const name = this.ownerOf(canonicalOwner(address));
    return name === undefined ? undefined : this.#records.get(name);
  }

  async put(record: UserRecord): Promise<void> {
    await this.remove(record.name);
    this.limited ||= hasQuota({ bytes: record.quota?.bytes, messages: record.quota?.messages });
    this.#records.set(record.name, record);
    for (const address of record.addresses) this.#byAddress.set(canonicalOwner(address), record.name);
  }

  async remove(name: string): Promise<boolean> {
    for (const [address, owner] of this.#byAddress) if (owner === name) this.#byAddress.delete(address);
    return this.#records.delete(name);
  }

  async list(): Promise<readonly UserRecord[]> {
    return [...this.#records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
