/** Mail accounts by URL, each reached once however often it is named: within one of them a server copies by itself. */
import type { MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { type MailEnd, openMailEnd } from './mail-end.ts';
import { namesMail } from './open-places.ts';

/** A mailbox, and what behind its name picks messages of it. */
export interface MailSpot {
  readonly end: MailEnd;
  readonly mail: MailStore;
  readonly mailbox: string;
  /** Undefined: the mailbox itself. */
  readonly pick: string | undefined;
}

export class MailAccounts implements AsyncDisposable {
  readonly #ctx: CommandContext;
  readonly #ends: MailEnd[] = [];
  readonly #names = new Map<string, ReadonlySet<string>>();

  constructor(ctx: CommandContext) {
    this.#ctx = ctx;
  }

  async open(text: string): Promise<MailEnd> {
    const end = await openMailEnd(this.#ctx, text);
    const known = this.#ends.find(({ home }) => home === end.home);
    if (!known) {
      this.#ends.push(end);
      return end;
    }
    await end[Symbol.asyncDispose]();
    return { ...known, mailbox: end.mailbox, shown: end.shown };
  }

  /** Messages: `imap://HOST/Box/12`, `.../Box/3,7:9`, `.../Box/*`. @param whole a mailbox alone means all it holds */
  async messages(text: string, whole: boolean): Promise<MailSpot> {
    const end = await this.open(text);
    const path = end.mailbox ?? '';
    const names = await this.#mailboxes(end);
    if (names.has(path)) {
      if (whole) return { end, mail: end.mail, mailbox: path, pick: '*' };
      throw new CsError('CS_USAGE', `${end.shown} is a mailbox`, {
        hint: 'its messages: /* behind it, or -r; all of an account: cs sync',
      });
    }
    const at = path.lastIndexOf('/');
    const [mailbox, pick] = at === -1 ? ['INBOX', path] : [path.slice(0, at), path.slice(at + 1)];
    if (pick === '') {
      throw new CsError('CS_USAGE', `${end.shown} names no message`, {
        hint: 'an id behind it, or /* for all of INBOX; all of an account: cs sync',
      });
    }
    if (!names.has(mailbox)) throw noMailbox(mailbox, end);
    return { end, mail: end.mail, mailbox, pick };
  }

  /** A mailbox that stands. */
  async mailbox(text: string): Promise<MailSpot> {
    const end = await this.open(text);
    const mailbox = end.mailbox ?? 'INBOX';
    if (!(await this.#mailboxes(end)).has(mailbox)) throw noMailbox(mailbox, end);
    return { end, mail: end.mail, mailbox, pick: undefined };
  }

  /** A mailbox that is moved to where none stands gets that name. Resolves to whether that is meant. */
  async renamed(sources: readonly string[], target: string, dryRun: boolean): Promise<boolean> {
    const [source = '', ...others] = sources;
    if (others.length > 0 || !namesMail(source) || !namesMail(target)) return false;
    const from = await this.open(source);
    const to = await this.open(target);
    const names = await this.#mailboxes(from);
    const { mailbox } = from;
    if (from.home !== to.home || mailbox === undefined || !names.has(mailbox)) return false;
    if (to.mailbox === undefined || names.has(to.mailbox)) return false;
    if (!from.mail.rename) throw new CsError('CS_UNSUPPORTED', `${from.shown} renames no mailboxes`);
    if (!dryRun) await from.mail.rename(mailbox, to.mailbox);
    return true;
  }

  async #mailboxes({ home, mail }: MailEnd): Promise<ReadonlySet<string>> {
    const known = this.#names.get(home) ?? new Set((await mail.mailboxes()).map(({ name }) => name));
    this.#names.set(home, known);
    return known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) await end[Symbol.asyncDispose]();
  }
}

function noMailbox(mailbox: string, { shown }: MailEnd): CsError {
  return new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(mailbox)} (${shown})`, {
    hint: 'cs mkdir makes one',
  });
}
