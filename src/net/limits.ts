import { performance } from 'node:perf_hooks';
import type { Peer } from '../contracts/connection.ts';
import type { Limits } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import { addressKey } from './address.ts';

/** Addresses whose rate is remembered; the longest silent are forgotten first. */
const REMEMBERED = 10_000;
const MINUTE = 60_000;

/** `connections`: turned away politely. `full`: dropped. `address` and `rate`: that address has too many. */
export type Refusal = 'connections' | 'full' | 'address' | 'rate';

type Caps = Pick<Limits, 'connections' | 'connectionsPerAddress' | 'connectionsPerUser'>;

/** Who may come in: counters of one server. Everything on loopback is one address, so only the whole counts there. */
export class ConnectionLimits {
  readonly #caps: Caps;
  readonly #hard: number;
  readonly #perMinute: number;
  readonly #addresses = new Map<string, number>();
  readonly #users = new Map<string, number>();
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  #inside = 0;
  #refused = 0;

  /** @param perMinute new connections of one address; 0 for no limit */
  constructor(caps: Caps, perMinute = 0) {
    this.#caps = caps;
    this.#hard = caps.connections + Math.ceil(caps.connections / 10);
    this.#perMinute = perMinute;
  }

  /** Connections inside. */
  get inside(): number {
    return this.#inside;
  }

  /** At the door, before the peer's address may be known. Undefined: it is counted, and `leave` must follow. */
  enter(): Refusal | undefined {
    if (this.#inside + this.#refused >= this.#hard) return 'full';
    if (this.#inside >= this.#caps.connections) return 'connections';
    this.#inside += 1;
    return undefined;
  }

  leave(): void {
    this.#inside -= 1;
  }

  /** One that is being turned away still holds a socket, and counts for the hard cap until the result is called. */
  turnAway(): () => void {
    this.#refused += 1;
    return () => {
      this.#refused -= 1;
    };
  }

  /** Once the peer's address is known. Undefined: it is counted, and `leaveAddress` must follow. */
  enterAddress(peer: Peer): Refusal | undefined {
    if (peer.loopback) return undefined;
    const key = addressKey(peer.address);
    const count = this.#addresses.get(key) ?? 0;
    if (count >= this.#caps.connectionsPerAddress) return 'address';
    if (!this.#withinRate(key)) return 'rate';
    this.#addresses.set(key, count + 1);
    return undefined;
  }

  leaveAddress(peer: Peer): void {
    if (!peer.loopback) less(this.#addresses, addressKey(peer.address));
  }

  /** Throws `CS_BUSY` when the account has its share of connections already. `leaveUser` must follow. */
  enterUser(user: string, peer: Peer): void {
    if (peer.loopback) return;
    const count = this.#users.get(user) ?? 0;
    if (count >= this.#caps.connectionsPerUser) {
      throw new CsError('CS_BUSY', `this account has ${count} connections open, which is the limit`);
    }
    this.#users.set(user, count + 1);
  }

  leaveUser(user: string, peer: Peer): void {
    if (!peer.loopback) less(this.#users, user);
  }

  #withinRate(key: string): boolean {
    if (this.#perMinute === 0) return true;
    const now = performance.now();
    const bucket = this.#buckets.get(key) ?? { tokens: this.#perMinute, at: now };
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + ((now - bucket.at) * this.#perMinute) / MINUTE);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

function less(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 0) - 1;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
