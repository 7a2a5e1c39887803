/** A connection's worth of work: leases of one domain, one after the other, each settled as soon as its fate is known. */

import type { Receipt } from '../contracts/delivery.ts';
import type { Spool, SpoolLease, SpoolRecipient } from '../contracts/spool.ts';
import { asCsError, type CsError } from '../kit/errors.ts';
import { type Connect, Conversation, type Times } from './conversation.ts';
import type { Hop, Route } from './route.ts';
import { type Fate, fateOf, fateOfRoute, fateOfTransaction, fateOfWay } from './verdict.ts';

export interface Tried {
  readonly recipient: SpoolRecipient;
  readonly fate: Fate;
  /** The server whose words these are. */
  readonly host: string | undefined;
  /** The server takes over what the sender wants to be told. */
  readonly reports: boolean;
}

/** Undefined: it leaves as it is. */
export type Sign = (content: AsyncIterable<Uint8Array>) => Promise<Uint8Array | undefined>;

export interface LaneWishes {
  readonly spool: Pick<Spool, 'read'>;
  readonly route: Route;
  readonly connect: Connect;
  readonly times: Times;
  readonly signal: AbortSignal;
  /** What goes in front of a message that leaves: a signature, made from a pass of its own over the content. */
  readonly sign?: Sign | undefined;
  /** Resolves when one more message may leave. */
  readonly turn: () => Promise<void>;
}

/** Messages over one connection: many servers count, and say 421 or hang up. */
const MESSAGES = 100;

/** Nothing was wrong with a message: the server would have no more of them on this connection. */
function isParting({ code, reply }: CsError): boolean {
  return reply === undefined ? code === 'CS_CANNOT_CONNECT' : reply.startsWith('421');
}

export class Lane implements AsyncDisposable {
  readonly #wishes: LaneWishes;
  readonly #domain: string;
  #open: Conversation | undefined;
  /** Messages that went over the open connection. */
  #sent = 0;
  /** Why there is no way to the domain now: the same for every message of this lane. */
  #blocked: { readonly fate: Fate; readonly host: string | undefined } | undefined;

  constructor(domain: string, wishes: LaneWishes) {
    this.#domain = domain;
    this.#wishes = wishes;
  }

  get domain(): string {
    return this.#domain;
  }

  /** Another message may go over the connection that is open. */
  get ready(): boolean {
    return this.#open !== undefined && this.#sent < MESSAGES;
  }

  /** Never throws but when the signal has aborted before the transaction. */
  async deliver(lease: SpoolLease): Promise<readonly Tried[]> {
    await this.#wishes.turn();
    return this.#over(lease, lease.recipients);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.[Symbol.asyncDispose]();
  }

  async #conversation(): Promise<Conversation | undefined> {
    if (this.#open && this.#sent >= MESSAGES) await this[Symbol.asyncDispose]();
    if (this.#open || this.#blocked) return this.#open;
    const { route, connect, times, signal } = this.#wishes;
    let hops: readonly Hop[];
    try {
      hops = await route(this.#domain);
    } catch (error) {
      this.#blocked = { fate: fateOfRoute(asCsError(error)), host: undefined };
      return undefined;
    }
    for (const hop of hops) {
      try {
        this.#open = await Conversation.open(connect, hop, times, signal);
        this.#blocked = undefined;
        this.#sent = 0;
        return this.#open;
      } catch (error) {
        signal.throwIfAborted();
        this.#blocked = { fate: fateOfWay(asCsError(error)), host: hop.host };
      }
    }
    return undefined;
  }

  async #transaction(
    conversation: Conversation,
    lease: SpoolLease,
    recipients: readonly SpoolRecipient[],
  ): Promise<readonly Tried[]> {
    const { host } = conversation.hop;
    const { reports } = conversation;
    const told = (recipient: SpoolRecipient, fate: Fate): Tried => ({ recipient, fate, host, reports });
    let receipt: Receipt;
    try {
      const { spool, sign } = this.#wishes;
      const front = await sign?.(spool.read(lease.id));
      const size = lease.size + (front?.length ?? 0);
      receipt = await conversation.send({ ...lease, size }, recipients, behind(front, spool.read(lease.id)));
    } catch (error) {
      const failure = asCsError(error);
      // What the connection is good for after a failure is not worth finding out.
      const before = this.#sent;
      await this[Symbol.asyncDispose]();
      if (before > 0 && isParting(failure)) return this.#over(lease, recipients);
      // One reply stands for all who were refused: each is asked for alone, so that nobody bounces by another's fault.
      if (recipients.length > 1 && failure.reply !== undefined) return this.#oneByOne(lease, recipients);
      return recipients.map((recipient) => told(recipient, fateOfTransaction(failure)));
    }
    this.#sent += 1;
    return recipients.map((recipient, index) => {
      const reply = receipt.results[index]?.reply ?? '';
      const accepted = receipt.results[index]?.accepted === true;
      return told(
        recipient,
        accepted ? { kind: 'delivered', reply: reply || `250 2.0.0 ${receipt.id}` } : fateOf(reply),
      );
    });
  }

  /** Over the connection that is open, or a new one. */
  async #over(lease: SpoolLease, recipients: readonly SpoolRecipient[]): Promise<readonly Tried[]> {
    const conversation = await this.#conversation();
    if (conversation) return this.#transaction(conversation, lease, recipients);
    const { fate, host } = this.#blocked!;
    return recipients.map((recipient) => ({ recipient, fate, host, reports: false }));
  }

  async #oneByOne(lease: SpoolLease, recipients: readonly SpoolRecipient[]): Promise<readonly Tried[]> {
    const all: Tried[] = [];
    for (const recipient of recipients) all.push(...(await this.#over(lease, [recipient])));
    return all;
  }
}

async function* behind(front: Uint8Array | undefined, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (front) yield front;
  yield* content;
}
