import type { Use } from '../../../contracts/mail.ts';
import { type Answer, no, ok } from '../answer.ts';
import { readMailbox, shownName } from '../mailbox.ts';
import type { Session } from '../session.ts';

/** The one root there may be: everything of this user (RFC 9208 section 3.2). Where nothing has a limit there is none. */
const ROOT = '""';

export const getQuota: Answer = async (session, { cursor }) => {
  cursor.space();
  const root = cursor.astring('a quota root');
  cursor.end();
  const limits = root === '' ? await limitsOf(session) : '';
  if (limits === '') return no('no such quota root', 'NONEXISTENT');
  session.tell(`QUOTA ${ROOT} (${limits})`);
  return ok('that is all');
};

export const getQuotaRoot: Answer = async (session, { cursor }) => {
  cursor.space();
  const name = readMailbox(session, cursor);
  cursor.end();
  const known = (await session.store!.mailboxes()).some((mailbox) => mailbox.name === name);
  if (!known) return no('no such mailbox', 'NONEXISTENT');
  const limits = await limitsOf(session);
  session.tell(`QUOTAROOT ${shownName(session, name)}${limits === '' ? '' : ` ${ROOT}`}`);
  if (limits !== '') session.tell(`QUOTA ${ROOT} (${limits})`);
  return ok('that is all');
};

async function limitsOf(session: Session): Promise<string> {
  const { bytes, messages } = await session.able('quota')();
  const kib = (octets: number) => Math.ceil(octets / 1024);
  const limits = [resource('STORAGE', bytes, kib), resource('MESSAGE', messages, (count) => count)];
  return limits.filter((text) => text !== '').join(' ');
}

/** What has no limit is not a quota. */
function resource(name: string, { used, limit }: Use, unit: (amount: number) => number): string {
  return limit === undefined ? '' : `${name} ${unit(used)} ${unit(limit)}`;
}
