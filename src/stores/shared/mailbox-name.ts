import { CsError } from '../../kit/errors.ts';

export const INBOX = 'INBOX';
/** The owner who sees everything. */
export const EVERYTHING = '*';
export const MAILBOXES_PER_OWNER = 10_000;

/** INBOX is caseless (RFC 9051 section 5.1), other names are as they are. */
export function mailboxName(name: string): string {
  return /^inbox$/i.test(name) ? INBOX : name;
}

/** A name that may be given to a new mailbox. Throws `CS_INPUT`. */
export function newMailboxName(name: string): string {
  const known = mailboxName(name);
  const bad = known.length > 1000 || /[\u0000-\u001f\u007f]/.test(known) || known.split('/').includes('');
  if (bad) throw new CsError('CS_INPUT', `not a mailbox name: ${JSON.stringify(name.slice(0, 100))}`);
  return known;
}

export function noMailbox(name: string): CsError {
  return new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(name)}`);
}

export function noMessage(mailbox: string, uid: number): CsError {
  return new CsError('CS_NOT_FOUND', `no message ${uid} in ${mailbox}`);
}
