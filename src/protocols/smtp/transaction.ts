import type { Envelope, Recipient, RecipientResult } from '../../contracts/delivery.ts';
import type { Incoming } from './incoming.ts';

export type Sender = Pick<Envelope, 'from' | 'body' | 'smtputf8' | 'ret' | 'envid' | 'size'>;

/** From MAIL to the reply to its message (RFC 5321 section 3.3). */
export class Transaction {
  readonly sender: Sender;
  /** In the order they were accepted, repeated ones too: LMTP answers each (RFC 2033 section 4.2). */
  readonly accepted: string[] = [];
  /** RCPT was tried, whatever came of it. */
  tried = false;
  /** Set from DATA or the first BDAT on. */
  incoming: Incoming | undefined;
  /** The message is a sequence of BDATs. */
  chunking = false;
  readonly #recipients = new Map<string, Recipient>();

  constructor(sender: Sender) {
    this.sender = sender;
  }

  add(recipient: Recipient): void {
    this.accepted.push(recipient.address);
    if (!this.#recipients.has(recipient.address)) this.#recipients.set(recipient.address, recipient);
  }

  /** Each once. */
  get recipients(): readonly Recipient[] {
    return [...this.#recipients.values()];
  }

  /** One result for each accepted RCPT, in order. */
  spread(results: readonly RecipientResult[]): readonly (RecipientResult | undefined)[] {
    const byAddress = new Map(results.map((result) => [result.address, result]));
    return this.accepted.map((address) => byAddress.get(address));
  }
}
