/** Lanes whose last message has left and whose connection is open: the next message of their domain need not make one. */
import type { Lane } from './lane.ts';

export class Parked {
  /** The oldest first. */
  #lanes: Lane[] = [];
  readonly #closing = new Set<Promise<void>>();

  get size(): number {
    return this.#lanes.length;
  }

  add(lane: Lane): void {
    this.#lanes.push(lane);
  }

  take(domain: string): Lane | undefined {
    const at = this.#lanes.findIndex((lane) => lane.domain === domain);
    return at === -1 ? undefined : this.#lanes.splice(at, 1)[0];
  }

  /** So many of the oldest, for others need their connections. */
  close(count = this.#lanes.length): void {
    for (const lane of this.#lanes.splice(0, Math.max(count, 0))) {
      const closing = lane[Symbol.asyncDispose]().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }

  /** All of them have said goodbye. */
  async closed(): Promise<void> {
    this.close();
    await Promise.all(this.#closing);
  }
}
