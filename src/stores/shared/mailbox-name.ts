import { CsError } from '../../kit/errors.ts';

export const INBOX = 'INBOX';
/** The owner who sees everything. */
export const EVERYTHING = '*';
export const MAILBOXES_PER_OWNER = 10_000;
const SUBSCRIPTIONS_PER_OWNER = 10_000;

/** RFC 6154 section 2, those that are a place of their own: `\All` and `\Flagged` would be views. RFC 8457. */
const USES = ['\\Archive', '\\Drafts', '\\Important', '\\Junk', '\\Sent', '\\Trash'];

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

/** Special uses as the RFC writes them. Throws `CS_INPUT` for what no mailbox can be. */
export function specialUse(use: readonly string[] = []): string[] {
  return use.map((wanted) => {
    const known = USES.find((one) => one.toLowerCase() === wanted.toLowerCase());
    if (known) return known;
    throw new CsError('CS_INPUT', `no mailbox can be made for ${JSON.stringify(wanted.slice(0, 100))}`);
  });
}

/**
 * What a rename does to each of an owner's mailboxes, children included: pairs of old and new name. INBOX is not for this
 * (RFC 9051 section 6.3.6). Throws `CS_NOT_FOUND`, `CS_INPUT`, `CS_EXISTS`.
 */
export function renamed(names: readonly string[], from: string, to: string): [string, string][] {
  const target = newMailboxName(to);
  const below = `${from}/`;
  if (target.startsWith(below)) throw new CsError('CS_INPUT', 'a mailbox cannot become its own child');
  const moving = names.filter((name) => name === from || name.startsWith(below));
  if (moving.length === 0) throw noMailbox(from);
  const pairs = moving.map((name): [string, string] => [name, newMailboxName(target + name.slice(from.length))]);
  const taken = new Set([INBOX, ...names]);
  for (const [, name] of pairs) if (taken.has(name)) throw mailboxExists(name);
  return pairs;
}

/** The name as it is kept. Throws `CS_INPUT`, `CS_LIMIT`. */
export function newSubscription(name: string, count: number): string {
  if (count >= SUBSCRIPTIONS_PER_OWNER)
    throw new CsError('CS_LIMIT', `more than ${SUBSCRIPTIONS_PER_OWNER} subscriptions`);
  return newMailboxName(name);
}

export function noMailbox(name: string): CsError {
  return new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(name)}`);
}

export function mailboxExists(name: string): CsError {
  return new CsError('CS_EXISTS', `mailbox ${JSON.stringify(name)} exists`);
}

export function noMessage(mailbox: string, uid: number): CsError {
  return new CsError('CS_NOT_FOUND', `no message ${uid} in ${mailbox}`);
}
