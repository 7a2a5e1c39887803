import type { Use } from '../../contracts/mail.ts';
import { hasQuota } from '../shared/keeping.ts';
import { limited, type Quota, refuseOver } from '../shared/quota.ts';
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

  usage(quota: Quota): { readonly bytes: Use; readonly messages: Use } {
    const used = { bytes: 0, messages: 0 };
    for (const box of this.boxes.values()) {
      used.bytes += box.bytes;
      used.messages += box.size;
    }
    return limited(used, quota);
  }

  /** Throws `CS_QUOTA` when that much more would be too much. */
  take(quota: Quota, bytes: number, messages: number): void {
    if (hasQuota(quota)) refuseOver(this.usage(quota), bytes, messages);
  }
}

const NONE: ReadonlySet<string> = new Set();
