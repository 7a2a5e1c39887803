/** An SMTP envelope (RFC 5321) with what DSN (RFC 3461) and the session add. Addresses are as sent. */
export interface Recipient {
  readonly address: string;
  readonly notify?: readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[];
  readonly orcpt?: string;
}

export interface Envelope {
  /** Reverse-path; '' is the null sender. */
  readonly from: string;
  readonly to: readonly Recipient[];
  readonly body?: '7BIT' | '8BITMIME' | 'BINARYMIME';
  readonly smtputf8?: boolean;
  readonly ret?: 'FULL' | 'HDRS';
  readonly envid?: string;
  /** Announced octets (RFC 1870); a claim, never trusted. */
  readonly size?: number;
  readonly session?: DeliverySession;
  /** Whose mail it becomes, canonical, where a wrap has decided; without it the store does. */
  readonly owners?: readonly string[];
}

export interface DeliverySession {
  readonly server: string;
  readonly conn: string;
  /** RFC 3848: `SMTP ESMTP ESMTPS ESMTPSA LMTP ...`. */
  readonly with: string;
  readonly helo: string;
  readonly address: string;
  readonly user: string | undefined;
  readonly secure: boolean;
  /**
   * The conversation that brought the message, as lines of kit/transcript.ts joined by LF, no secret in it. Asked for once,
   * when it is committed; the message's id belongs at its end, as nobody knows it before.
   */
  readonly transcript?: () => string;
}

/** Where a message came from, kept with it. */
export interface Origin extends Omit<DeliverySession, 'transcript'> {
  readonly transcript: string | undefined;
}

export interface Receipt {
  /** The message's id where it was stored; a relay gives the next hop's queue words. */
  readonly id: string;
  readonly size: number;
  readonly results: readonly RecipientResult[];
}

export interface RecipientResult {
  readonly address: string;
  readonly accepted: boolean;
  /** The final reply to this recipient, as a line without CRLF: `250 2.1.5 ok`. */
  readonly reply: string;
}

/** A message on its way in. Exactly one of `commit` and `abort` ends it; nothing is visible before `commit` resolved. */
export interface Draft {
  /**
   * Resolves (or returns undefined) when more may be written. The bytes are the draft's from then on.
   * @param spent called, if ever, when the draft will not look at them any more. A wrap that does not know passes none on
   */
  write(chunk: Uint8Array, spent?: () => void): Promise<void> | undefined;
  /** Resolves when the message is as safe as the store promises; only then may anybody say 250. */
  commit(): Promise<Receipt>;
  /** Forget it. Never throws; safe after a failed `commit`. */
  abort(): Promise<void>;
}

/** Takes mail: a store, a queue, or another server by SMTP or LMTP. Throws `CS_DISK_FULL`, `CS_LIMIT`, `CS_PEER_REFUSED` ... */
export interface Delivery {
  open(envelope: Envelope): Promise<Draft> | Draft;
  /**
   * Before RCPT is answered: throws `CS_PEER_REFUSED` (reply in `reply`) for a recipient nobody here takes, `CS_BUSY` for
   * one that is taken later. Nothing returned: taken, and nobody has to wait.
   * @param from reverse-path; '' is the null sender
   */
  check?(recipient: Recipient, session: DeliverySession, from: string): Promise<void> | undefined;
}
