import type { Fact } from '../contracts/journal.ts';
import type { MailStore } from '../contracts/mail.ts';
import { type MailContent, readContent } from './content.ts';
import { type MailMatcher, mailLine } from './mail-match.ts';
import type { Awaited } from './waiting.ts';

/** Mail that a matcher wants. The content is read once, and only where it is asked for. */
export function awaitedMail(matcher: MailMatcher, mail: MailStore, mailbox = 'INBOX'): Awaited {
  return {
    event: 'mail.stored',
    noun: 'message',
    line: mailLine,
    judge: (fact: Fact) => {
      let content: Promise<MailContent> | undefined;
      return matcher.judge(fact, () => {
        content ??= readContent(mail, String(fact.id), mailbox);
        return content;
      });
    },
  };
}
