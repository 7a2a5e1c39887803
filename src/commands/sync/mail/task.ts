import type { MailEnd } from '../../places/mail-end.ts';
import type { MailLedger } from '../../transfers/mail/ledger.ts';

export interface MailboxTask {
  readonly from: MailEnd;
  readonly to: MailEnd;
  readonly mailbox: string;
  readonly toMailbox: string;
  /** False: it would be made, and is empty. */
  readonly there: boolean;
}

export interface SyncRules {
  readonly dryRun: boolean;
  readonly ledger: MailLedger;
  /** Where it is remembered; undefined: nowhere. */
  readonly states: string | undefined;
  readonly signal: AbortSignal;
  /** Something came or went. */
  readonly moved: () => void;
  /** Milliseconds in which a message may still arrive that an earlier run had handed over when it ended. */
  readonly settling: number;
}
