import type { Use } from '../../contracts/mail.ts';
import { type Quota, refuseOver } from '../shared/quota.ts';
import type { Box } from './box.ts';

/** What one owner has, and may have. */
export class Owner {
  readonly boxes = new Map<string, Box>();
  /** Names; most owners have none. */
  #subscribed: Set<string> | undefined;

  get subscribed(): ReadonlySet<string> {
    return this.#subscribed ?? NONE;
  }

  subscribe(name: string, on: boolean): void {
    if (on) this.#subscribed = (this.#subscribed ?? new Set<string>()).add(name);
    else this.#subscribed?.delete(name);
  }

  /** Nothing is lost when it is let go. */
  get bare(): boolean {
    return this.boxes.size === 0 && this.subscribed.size === 0;
  }

  usage({ bytes, messages }: Quota): { readonly bytes: Use; readonly messages: Use } {
    let [octets, count] = [0, 0];
    for (const box of this.boxes.values()) {
      octets += box.bytes;
      count += box.size;
    }
    return {
      bytes: { used: octets, ...(bytes !== undefined && { limit: bytes }) },
      messages: { used: count, ...(messages !== undefined && { limit: messages }) },
    };
  }

  /** Throws `CS_QUOTA` when that much more would be too much. */
  take(quota: Quota, bytes: number, messages: number): void {
    if (quota.bytes === undefined && quota.messages === undefined) return;
    refuseOver(this.usage(quota), bytes, messages);
  }
}

const NONE: ReadonlySet<string> = new Set();
