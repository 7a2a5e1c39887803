import type { MailStore } from '../../../contracts/mail.ts';
import { type Account, either, onData } from './account.ts';

type Quota = Awaited<ReturnType<NonNullable<MailStore['quota']>>>;

/** The quota that INBOX is under (RFC 9208); STORAGE is told in KiB. */
export async function readQuota({ pool, names }: Account): Promise<Quota> {
  const found = { bytes: { used: 0 } as Quota['bytes'], messages: { used: 0 } as Quota['messages'] };
  const take = either(
    onData('QUOTA', ({ cursor }) => {
      cursor.astring();
      cursor.space();
      const words = cursor.list(() => cursor.atom());
      for (let at = 0; at + 2 < words.length; at += 3) {
        const [what = '', used, limit] = [words[at]?.toUpperCase(), Number(words[at + 1]), Number(words[at + 2])];
        if (what === 'STORAGE') found.bytes = { used: used * 1024, limit: limit * 1024 };
        if (what === 'MESSAGE') found.messages = { used, limit };
      }
    }),
    onData('QUOTAROOT', () => {}),
  );
  await pool.use((session) =>
    session.run({ name: 'GETQUOTAROOT', parts: ['GETQUOTAROOT ', names.written('INBOX')], take }),
  );
  return found;
}
