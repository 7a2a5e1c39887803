/** What only the target has, and `--delete` takes away: all of it is known before anything goes. */
import { CsError } from '../../../kit/errors.ts';
import type { MailEnd } from '../../places/mail-end.ts';
import type { SyncRules } from './task.ts';

export class MailExtras {
  readonly #to: MailEnd;
  readonly #rules: SyncRules;
  readonly #most: number;
  readonly #messages: { readonly mailbox: string; readonly uids: readonly number[] }[] = [];
  readonly #mailboxes: string[] = [];

  /** More than `most` messages, and nothing goes. */
  constructor(to: MailEnd, rules: SyncRules, most: number) {
    this.#to = to;
    this.#rules = rules;
    this.#most = most;
  }

  messages(mailbox: string, uids: readonly number[]): void {
    if (uids.length > 0) this.#messages.push({ mailbox, uids });
  }

  mailbox(name: string): void {
    this.#mailboxes.push(name);
  }

  async remove(): Promise<void> {
    const { mail } = this.#to;
    const held = new Map((await mail.mailboxes()).map(({ name, messages }) => [name, messages]));
    const inBoxes = this.#mailboxes.reduce((sum, name) => sum + (held.get(name) ?? 0), 0);
    const count = this.#messages.reduce((sum, { uids }) => sum + uids.length, inBoxes);
    if (count > this.#most) {
      throw new CsError('CS_LIMIT', `${count} messages would be removed, more than ${this.#most}, so nothing was`, {
        hint: 'look at --dry-run with a greater --max-delete',
      });
    }
    for (const { mailbox, uids } of this.#messages) await this.#try(mailbox, () => this.#removeMessages(mailbox, uids));
    // What lies inside of another goes first.
    for (const name of this.#mailboxes.sort().reverse())
      await this.#try(name, () => this.#removeMailbox(name, held.get(name) ?? 0));
  }

  async #try(mailbox: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#rules.signal.throwIfAborted();
      await this.#rules.ledger.fail(mailbox, error);
    }
    this.#rules.moved();
  }

  async #removeMessages(mailbox: string, uids: readonly number[]): Promise<void> {
    if (!this.#rules.dryRun) await this.#to.mail.remove(mailbox, uids);
    for (const uid of uids) await this.#rules.ledger.add({ action: 'removed', mailbox, to_uid: uid });
  }

  async #removeMailbox(name: string, messages: number): Promise<void> {
    const { mail } = this.#to;
    if (name === 'INBOX') {
      if (messages > 0)
        await this.#removeMessages(
          name,
          (await mail.list(name)).map(({ uid }) => uid),
        );
      return;
    }
    if (!mail.drop) throw new CsError('CS_UNSUPPORTED', `${this.#to.shown} keeps its mailboxes`);
    if (!this.#rules.dryRun) await mail.drop(name);
    await this.#rules.ledger.add({ action: 'dropped', mailbox: name });
  }
}
