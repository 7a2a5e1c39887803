import { CsError } from '../../../kit/errors.ts';
import { encodeUtf8, isAscii } from '../syntax/binary-text.ts';
import { formatSet } from '../syntax/sequence-set.ts';
import { astring, string } from '../syntax/write.ts';
import type { Account } from './account.ts';
import { searchedBy } from './changing.ts';
import { inMailbox } from './mailbox.ts';

/** Uids of messages that hold the text, as the server searches (RFC 9051 section 6.4.4). */
export function containing(
  account: Account,
  mailbox: string,
  where: string,
  text: string,
  uids?: readonly number[] | Uint32Array,
): Promise<Uint32Array> {
  if (/[\0]/.test(text)) return Promise.resolve(new Uint32Array(0));
  if (!/^[!-9;-~]+$/.test(where)) throw new CsError('CS_INPUT', `not a header field: ${JSON.stringify(where)}`);
  return inMailbox(account, mailbox, false, async (session) => {
    const octets = encodeUtf8(text);
    const charset = isAscii(octets) || !account.can.has('IMAP4REV1') ? '' : 'CHARSET UTF-8 ';
    const key = where === 'text' || where === 'body' ? [`${where.toUpperCase()} `] : ['HEADER ', astring(where), ' '];
    const only = uids === undefined ? '' : `UID ${formatSet([...uids].sort((a, b) => a - b))} `;
    if (uids?.length === 0) return new Uint32Array(0);
    return Uint32Array.from(await searchedBy(session, [`${charset}${only}`, ...key, string(octets)]));
  });
}
