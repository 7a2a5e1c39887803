import type { Origin } from '../../contracts/delivery.ts';
import type { MailEntry, MailHeaders, MessageIndex } from '../../contracts/mail.ts';
import type { Box } from './box.ts';

/** A stored message: its octets once, however many mailboxes show it. */
export interface Message {
  readonly id: number;
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  /** Octets it counts for against the store's limit, facts included. */
  cost: number;
  readonly receivedAt: string;
  readonly envelope: MailEntry['envelope'];
  readonly origin: Origin | undefined;
  readonly headers: MailHeaders;
  /** Made when somebody asks for it first. */
  index: MessageIndex | undefined;
  /** Of its `mail.stored` fact. */
  cursor: number;
  /** Where it stands, the view of everything left out. */
  readonly places: Set<Box>;
}

/** A message as it stands in one mailbox. */
export interface Held {
  readonly message: Message;
  readonly savedAt: number;
  flags: readonly string[];
  modseq: number;
}

export function entry(uid: number, { message, flags, modseq }: Held): MailEntry {
  return {
    uid,
    id: String(message.id),
    size: message.size,
    receivedAt: message.receivedAt,
    flags,
    modseq,
    envelope: message.envelope,
    headers: message.headers,
  };
}
