import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import type { MailSpot } from '../../places/mail-accounts.ts';
import { findMessage } from '../../places/mail-place.ts';

const SET = /^(?:\d{1,10}(?::(?:\d{1,10}|\*))?)(?:,\d{1,10}(?::(?:\d{1,10}|\*))?)*$/;

/** The messages that the last part of a URL means: an id, uids (`3,7:9`, `5:*`), or all (`*`). Throws `CS_NOT_FOUND`. */
export async function picked(spot: MailSpot): Promise<readonly MailEntry[]> {
  const { mail, mailbox, pick = '*' } = spot;
  if (pick === '*') return mail.list(mailbox);
  if (!SET.test(pick) || /^\d+$/.test(pick)) return [await findMessage(spot, pick)];
  const wanted = pick.split(',').map((piece) => {
    const [from = '', to = from] = piece.split(':');
    return [Number(from), to === '*' ? Number.POSITIVE_INFINITY : Number(to)] as const;
  });
  const found = (await mail.list(mailbox)).filter(({ uid }) => wanted.some(([from, to]) => uid >= from && uid <= to));
  if (found.length === 0)
    throw new CsError('CS_NOT_FOUND', `no message ${pick} in ${mailbox}`, { hint: 'cs ls shows them' });
  return found;
}
