import type { Fact } from '../contracts/journal.ts';
import type { MailStore } from '../contracts/mail.ts';
import { type MailContent, readContent } from './content.ts';
import { type MailMatcher, mailLine } from './mail-match.ts';
import type { Awaited } from './waiting.ts';

/**
 * Mail that a matcher wants. The content is read once, and only where it is asked for.
 * @param stored a message counts that is there, and not for having come: no cursor said from when on
 */
export function awaitedMail(matcher: MailMatcher, mail: MailStore, mailbox = 'INBOX', stored = false): Awaited {
  return {
    event: 'mail.stored',
    noun: 'message',
    line: mailLine,
    judge: async (fact: Fact) => {
      let content: Promise<MailContent> | undefined;
      const verdict = await matcher.judge(fact, () => {
        content ??= readContent(mail, String(fact.id), mailbox);
        return content;
      });
      if (stored && verdict.matches && content === undefined) await mustBeThere(mail, mailbox, fact);
      return verdict;
    },
  };
}

/** Throws `CS_NOT_FOUND`. */
async function mustBeThere(mail: MailStore, mailbox: string, { id }: Fact): Promise<void> {
  for await (const _octets of mail.read(mailbox, Number(id), { start: 0, end: 1 })) return;
}
