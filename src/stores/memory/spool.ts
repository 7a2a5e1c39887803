import type { Draft, Envelope } from '../../contracts/delivery.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import type { Spool, SpoolLease, SpoolMessage, SpoolOutcome, SpoolRecipient } from '../../contracts/spool.ts';
import { CsError } from '../../kit/errors.ts';
import { receiptFor } from '../shared/mail-fact.ts';
import { sliced } from '../shared/octets.ts';
import { noSpooled, spoolEnvelope, spoolRecipients } from '../shared/spooled.ts';

interface Held {
  readonly message: Omit<SpoolMessage, 'recipients'>;
  readonly chunks: readonly Uint8Array[];
  readonly recipients: Map<number, Waiting>;
}
interface Waiting {
  state: SpoolRecipient;
  leasedUntil: number;
  term: number;
}

/** Mail on its way out, kept as long as the process lives. */
export class MemorySpool implements Spool {
  readonly #held = new Map<number, Held>();
  readonly #room: number;
  #used = 0;
  #lastId = 0;
  #term = 0;

  /** @param room octets of all messages together */
  constructor(room: number) {
    this.#room = room;
  }

  open(envelope: Envelope): Draft {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let open = true;
    const release = (): void => {
      if (open) this.#used -= size;
      open = false;
    };
    return {
      write: (chunk) => {
        if (!open) throw new CsError('CS_BUG', 'the draft has ended');
        if (this.#used + chunk.length > this.#room) {
          throw new CsError('CS_DISK_FULL', 'the memory for mail on its way out is full');
        }
        chunks.push(chunk);
        size += chunk.length;
        this.#used += chunk.length;
        return undefined;
      },
      commit: async () => {
        if (!open) throw new CsError('CS_BUG', 'the draft has ended');
        open = false;
        return receiptFor(envelope, this.#keep(envelope, chunks, size), size);
      },
      abort: async () => release(),
    };
  }

  async lease(now: number, until: number, most: number, busy: readonly string[]): Promise<readonly SpoolLease[]> {
    const leases: SpoolLease[] = [];
    for (const held of this.#held.values()) {
      const domains = new Map<string, Waiting[]>();
      for (const waiting of held.recipients.values()) {
        const { domain, due } = waiting.state;
        if (due > now || waiting.leasedUntil > now || busy.includes(domain)) continue;
        domains.set(domain, [...(domains.get(domain) ?? []), waiting]);
      }
      for (const [domain, found] of domains) {
        if (leases.length >= most) return leases;
        const term = ++this.#term;
        for (const waiting of found) Object.assign(waiting, { leasedUntil: until, term });
        leases.push({
          ...held.message,
          term,
          domain,
          recipients: found.map(({ state }) => ({ ...state, busy: true })),
        });
      }
    }
    return leases;
  }

  async extend(lease: SpoolLease, until: number): Promise<boolean> {
    const mine = this.#mine(lease);
    for (const waiting of mine) waiting.leasedUntil = until;
    return mine.length > 0;
  }

  async settle(lease: SpoolLease, outcomes: readonly SpoolOutcome[]): Promise<boolean> {
    const held = this.#held.get(Number(lease.id));
    const mine = new Set(this.#mine(lease));
    if (!held || mine.size === 0) return false;
    for (const outcome of outcomes) {
      const waiting = held.recipients.get(outcome.n);
      if (!waiting || !mine.has(waiting)) continue;
      waiting.leasedUntil = 0;
      if (outcome.gone) held.recipients.delete(outcome.n);
      else {
        const { due, reply, warned } = outcome;
        waiting.state = { ...waiting.state, tries: waiting.state.tries + 1, due, reply, warned };
      }
    }
    if (held.recipients.size === 0) this.#forget(Number(lease.id), held);
    return true;
  }

  async *read(id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const held = this.#held.get(Number(id));
    if (!held) throw noSpooled(id);
    yield* sliced(held.chunks, range);
  }

  async list(): Promise<readonly SpoolMessage[]> {
    const now = Date.now();
    return [...this.#held.values()].map(({ message, recipients }) => ({
      ...message,
      recipients: [...recipients.values()].map(({ state, leasedUntil }) => ({ ...state, busy: leasedUntil > now })),
    }));
  }

  async retry(ids?: readonly string[]): Promise<number> {
    let count = 0;
    for (const [id, { recipients }] of this.#held) {
      if (ids && !ids.includes(String(id))) continue;
      for (const waiting of recipients.values()) {
        waiting.state = { ...waiting.state, due: 0 };
        count += 1;
      }
    }
    return count;
  }

  async remove(ids: readonly string[]): Promise<number> {
    let count = 0;
    for (const id of new Set(ids)) {
      const held = this.#held.get(Number(id));
      if (!held) continue;
      this.#forget(Number(id), held);
      count += 1;
    }
    return count;
  }

  async due(busy: readonly string[] = []): Promise<number | undefined> {
    let first: number | undefined;
    for (const { recipients } of this.#held.values()) {
      for (const { state, leasedUntil } of recipients.values()) {
        if (busy.includes(state.domain)) continue;
        const at = Math.max(state.due, leasedUntil);
        if (first === undefined || at < first) first = at;
      }
    }
    return first;
  }

  #keep(envelope: Envelope, chunks: readonly Uint8Array[], size: number): number {
    const id = ++this.#lastId;
    const queuedAt = Date.now();
    const recipients = spoolRecipients(envelope.to, queuedAt);
    this.#held.set(id, {
      message: { id: String(id), size, queuedAt, envelope: spoolEnvelope(envelope) },
      chunks,
      recipients: new Map(recipients.map((state) => [state.n, { state, leasedUntil: 0, term: 0 }])),
    });
    return id;
  }

  #mine({ id, term, recipients }: SpoolLease): readonly Waiting[] {
    const held = this.#held.get(Number(id));
    return recipients.flatMap(({ n }) => {
      const waiting = held?.recipients.get(n);
      return waiting?.term === term && waiting.leasedUntil > 0 ? [waiting] : [];
    });
  }

  #forget(id: number, held: Held): void {
    this.#held.delete(id);
    this.#used -= held.message.size;
  }
}
