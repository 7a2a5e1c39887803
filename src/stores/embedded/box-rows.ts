/** Rows of mailboxes as the contract has them. */
import type { Mailbox } from '../../contracts/mail.ts';
import { INBOX, noMailbox } from '../shared/mailbox-name.ts';
import type { Place } from './calls.ts';
import type { Statements } from './statements.ts';

export const BOXES = `SELECT b.id, b.name, b.uid_validity, b.uid_next, b.messages, b.unseen, b.bytes, b.modseq, b.horizon, b.uses,
  s.name IS NOT NULL AS subscribed FROM mailboxes b LEFT JOIN subscriptions s ON s.owner = b.owner AND s.name = b.name`;

export interface BoxRow {
  readonly id: number;
  readonly name: string;
  readonly uid_validity: number;
  readonly uid_next: number;
  readonly messages: number;
  readonly unseen: number;
  readonly bytes: number;
  readonly modseq: number;
  readonly horizon: number;
  readonly uses: string | null;
  readonly subscribed: number;
}

export function asMailbox(row: BoxRow): Mailbox {
  return {
    name: row.name,
    id: String(row.id),
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    messages: row.messages,
    unseen: row.unseen,
    bytes: row.bytes,
    highestModseq: row.modseq,
    subscribed: row.subscribed === 1,
    ...(row.uses !== null && { use: JSON.parse(row.uses) as string[] }),
  };
}

/** Throws `CS_NOT_FOUND`. An owner without an inbox has an empty one; no mailbox has the id 0. */
export function mailboxId(sql: Statements, { owner, mailbox }: Place): number {
  const found = sql.row<{ id: number }>('SELECT id FROM mailboxes WHERE owner = ? AND name = ?', owner, mailbox);
  if (!found && mailbox !== INBOX) throw noMailbox(mailbox);
  return found?.id ?? 0;
}
