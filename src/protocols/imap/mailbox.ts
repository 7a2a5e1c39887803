/** Names of mailboxes between the wire and the store. */
import { CsError } from '../../kit/errors.ts';
import type { Session } from './session.ts';
import type { Cursor } from './syntax/cursor.ts';
import { canonicalName, decodeMailbox, encodeMailbox } from './syntax/mailbox-name.ts';
import { inlineAstring } from './syntax/write.ts';

/** As long as the stores take them. */
const LONGEST = 1000;

/** An argument that names a mailbox. Throws `CS_INPUT` for a name that no mailbox can have. */
export function readMailbox(session: Session, cursor: Cursor): string {
  return mailboxNamed(session, cursor.astring('a mailbox'));
}

export function mailboxNamed({ utf8 }: Session, binary: string): string {
  const name = decodeMailbox(binary, utf8);
  if (name === undefined || name.length > LONGEST || /[\0-\x1f\x7f]/.test(name)) {
    throw new CsError('CS_INPUT', 'no mailbox can have that name');
  }
  return canonicalName(name);
}

/** A name that may be given to a new mailbox; a `/` at its end only says that children are wanted. */
export function newName(name: string): string {
  const trimmed = name.endsWith('/') ? name.slice(0, -1) : name;
  const pieces = trimmed.split('/');
  const bad = pieces.some((piece) => piece === '' || piece === '.' || piece === '..') || /[%*]/.test(trimmed);
  if (bad) throw new CsError('CS_INPUT', 'no mailbox can have that name');
  return trimmed;
}

/** As an astring in the client's own writing. */
export function shownName({ utf8 }: Session, name: string): string {
  return inlineAstring(encodeMailbox(name, utf8), utf8);
}
