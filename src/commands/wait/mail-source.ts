/** Where mail is waited for: an own instance, or a mailbox by URL. */
import type { Json } from '../../contracts/journal.ts';
import type { MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import type { Awaiting, Match } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import { openMailEnd } from '../places/mail-end.ts';
import { operandScheme } from '../places/operand.ts';
import { instanceAt, namesInstance } from './own-instance.ts';
import { houseOf, journalOf } from './remote-parts.ts';

export interface MailSource extends AsyncDisposable {
  readonly journal: Awaiting;
  readonly mail: MailStore;
  readonly mailbox: string;
}

/** @param url undefined: the instance at hand */
export async function openMailSource(ctx: CommandContext, url: string | undefined): Promise<MailSource> {
  if (url === undefined || namesInstance(url)) {
    const remote = await instanceAt(ctx, url, 'mail');
    const close = () => remote[Symbol.asyncDispose]();
    try {
      const mail = await houseOf(remote).of('*');
      return { journal: journalOf(remote), mail, mailbox: 'INBOX', [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      throw error;
    }
  }
  if (operandScheme(url) === undefined) {
    throw new CsError('CS_USAGE', `not the URL of a mailbox: ${JSON.stringify(url)}`, {
      hint: 'imap://USER@HOST/INBOX, or none for an own instance',
    });
  }
  const end = await openMailEnd(ctx, url);
  const close = () => end[Symbol.asyncDispose]();
  try {
    const { mail, mailbox = 'INBOX' } = end;
    const { mailboxJournal } = await import('../../waiting/mailbox-journal.ts');
    return { journal: mailboxJournal(mail, mailbox), mail, mailbox, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

export function mailJson({ fact, extracted }: Match): { readonly [key: string]: Json } {
  const { event: _event, ts, owners: _owners, ...facts } = fact;
  return { ...facts, received_at: ts, extracted: extracted ?? null } as { readonly [key: string]: Json };
}
