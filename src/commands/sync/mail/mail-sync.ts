/** Every mailbox of one place in another, and what only the other has taken away at the end. */
import type { Mailbox } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import type { MailEnd } from '../../places/mail-end.ts';
import { Crew } from '../../transfers/crew.ts';
import type { MailLedger } from '../../transfers/mail/ledger.ts';
import type { Filter } from '../filter.ts';
import { MailExtras } from './mail-extras.ts';
import { syncMailbox } from './mailbox-sync.ts';
import type { MailboxTask, SyncRules } from './task.ts';

export interface MailSyncOrder {
  readonly from: MailEnd;
  readonly to: MailEnd;
  readonly rules: SyncRules;
  readonly filter: Filter;
  /** Mailboxes at once. */
  readonly atOnce: number;
  /** Further attempts at a mailbox after a temporary failure. */
  readonly retries: number;
  /** What the source does not have is removed, where it is not more than so many messages. */
  readonly removes: number | undefined;
  readonly warn: (text: string) => void;
}

export class MailSync {
  readonly #order: MailSyncOrder;
  readonly #ledger: MailLedger;
  readonly #extras: MailExtras;
  /** Not all of the source was seen: what is missing there may be there all the same. */
  #blind = false;

  constructor(order: MailSyncOrder) {
    this.#order = order;
    this.#ledger = order.rules.ledger;
    this.#extras = new MailExtras(order.to, order.rules, order.removes ?? 0);
  }

  async run(): Promise<void> {
    const { from, to, rules, atOnce, removes, warn } = this.#order;
    const there = new Map((await to.mail.mailboxes()).map((box) => [box.name, box]));
    const chosen = await this.#chosen();
    rules.moved();
    const crew = new Crew(atOnce);
    const wanted = new Set<string>();
    for (const box of chosen) {
      const toMailbox = this.#target(box.name);
      wanted.add(toMailbox);
      const task = { from, to, mailbox: box.name, toMailbox, there: there.has(toMailbox) };
      await crew.begin(() => this.#one(task, box, there.get(toMailbox)));
    }
    await crew.end();
    if (removes === undefined) return;
    if (from.mailbox === undefined && to.mailbox === undefined) this.#others(there, wanted);
    if (this.#blind) warn('not everything could be read, so nothing is removed');
    else await this.#extras.remove();
  }

  #others(there: ReadonlyMap<string, Mailbox>, wanted: ReadonlySet<string>): void {
    for (const { name, selectable } of there.values())
      if (!wanted.has(name) && selectable !== false && this.#takes(name)) this.#extras.mailbox(name);
  }

  async #chosen(): Promise<readonly Mailbox[]> {
    const { from } = this.#order;
    const boxes = (await from.mail.mailboxes()).filter(({ selectable }) => selectable !== false);
    if (from.mailbox === undefined) return boxes.filter(({ name }) => this.#takes(name));
    const named = boxes.filter(({ name }) => name === from.mailbox);
    if (named.length === 0)
      throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(from.mailbox)} in ${from.shown}`, {
        hint: 'cs ls shows them',
      });
    return named;
  }

  #takes(name: string): boolean {
    return this.#order.filter.takes(name.split('/'), 'file');
  }

  /** One mailbox that is named goes to the one that is named; several go below it. */
  #target(mailbox: string): string {
    const { from, to } = this.#order;
    if (to.mailbox === undefined) return mailbox;
    return from.mailbox !== undefined || (to.mailbox === 'INBOX' && mailbox === 'INBOX')
      ? to.mailbox
      : `${to.mailbox}/${mailbox}`;
  }

  async #one(task: MailboxTask, source: Mailbox, target: Mailbox | undefined): Promise<void> {
    const { to, rules, retries } = this.#order;
    for (let attempt = 0; ; attempt++) {
      try {
        const made = await this.#ready(task, source, target, attempt);
        const extras = await syncMailbox({ ...task, there: made }, rules);
        this.#extras.messages(task.toMailbox, extras);
        if (source.subscribed && target?.subscribed === false) await this.#subscribe(to, task.toMailbox);
        return;
      } catch (error) {
        rules.signal.throwIfAborted();
        const again = error instanceof CsError && error.retryable && attempt < retries;
        if (again) continue;
        this.#blind = true;
        return this.#ledger.fail(task.mailbox, error);
      }
    }
  }

  /** Whether there is something to look into. */
  async #ready(
    { to, toMailbox, there }: MailboxTask,
    source: Mailbox,
    target: Mailbox | undefined,
    attempt: number,
  ): Promise<boolean> {
    if (there || (attempt > 0 && !this.#order.rules.dryRun && (await isThere(to, toMailbox)))) return true;
    const use = source.use?.filter((one) => one !== '\\All' && one !== '\\Flagged') ?? [];
    if (!to.mail.create) throw new CsError('CS_UNSUPPORTED', `${to.shown} makes no mailboxes`);
    if (!this.#order.rules.dryRun) await create(to, toMailbox, use);
    await this.#ledger.add({ action: 'created', mailbox: toMailbox });
    if (source.subscribed && target === undefined) await this.#subscribe(to, toMailbox);
    return !this.#order.rules.dryRun;
  }

  async #subscribe(to: MailEnd, mailbox: string): Promise<void> {
    if (!to.mail.subscribe) return;
    if (!this.#order.rules.dryRun) await to.mail.subscribe(mailbox, true);
    await this.#ledger.add({ action: 'subscribed', mailbox });
  }
}

async function isThere({ mail }: MailEnd, mailbox: string): Promise<boolean> {
  return (await mail.mailboxes()).some(({ name }) => name === mailbox);
}

/** A use that the target gives to another mailbox, or does not know, is no reason to go without the mailbox. */
async function create({ mail }: MailEnd, mailbox: string, use: readonly string[]): Promise<void> {
  try {
    await mail.create!(mailbox, use.length > 0 ? { use } : {});
  } catch (error) {
    if (!(error instanceof CsError) || use.length === 0 || error.retryable) throw error;
    await mail.create!(mailbox);
  }
}
