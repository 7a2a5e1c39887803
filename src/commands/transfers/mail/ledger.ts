/** What became of every message: an object each with --json, a summary, and one exit code for all of it. */
import type { Json } from '../../../contracts/journal.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { escapeLine } from '../../../kit/escape.ts';
import { showDuration, showSize } from '../../../kit/units.ts';
import type { Progress, Ui } from '../../../ui/ui.ts';

export type MailAction = 'copied' | 'flagged' | 'removed' | 'created' | 'subscribed' | 'dropped' | 'renamed';

export interface MailStep {
  readonly action: MailAction;
  readonly mailbox: string;
  readonly uid?: number;
  readonly to_uid?: number;
  readonly bytes?: number;
  readonly message_id?: string;
}

export class MailLedger {
  readonly #ui: Ui;
  readonly #streams: boolean;
  readonly #dryRun: boolean;
  readonly #progress: Progress;
  readonly #began = performance.now();
  readonly #counts: Record<MailAction, number> = {
    copied: 0,
    flagged: 0,
    removed: 0,
    created: 0,
    subscribed: 0,
    dropped: 0,
    renamed: 0,
  };
  #same = 0;
  #failed = 0;
  #octets = 0;
  #first: CsError | undefined;

  /** @param streams every message is printed, and not only the summary */
  constructor(ui: Ui, streams: boolean, dryRun: boolean) {
    this.#ui = ui;
    this.#streams = streams;
    this.#dryRun = dryRun;
    this.#progress = ui.progress('messages');
  }

  /** So many were right already. */
  same(count: number): void {
    this.#same += count;
  }

  async add(step: MailStep): Promise<void> {
    this.#counts[step.action] += 1;
    this.#octets += step.action === 'copied' ? (step.bytes ?? 0) : 0;
    this.#progress.update(Object.values(this.#counts).reduce((sum, count) => sum + count, 0));
    const schema = this.#dryRun ? 'cs.plan/1' : 'cs.mail-transfer/1';
    const { action, mailbox, uid = null, to_uid = null, bytes = null, message_id = null } = step;
    const object: { [key: string]: Json } = { action, mailbox, uid, to_uid, bytes, message_id, error: null };
    if (this.#dryRun || this.#streams) await this.#ui.item({ schema, ...object }, () => planLine(step));
    else this.#ui.detail(planLine(step));
  }

  /** Throws what is nobody's fault but ours. */
  async fail(mailbox: string, error: unknown, uid: number | null = null): Promise<void> {
    const failure = asCsError(error);
    if (failure.blame === 'bug') throw error;
    this.#failed += 1;
    this.#first ??= failure;
    const name = escapeLine(uid === null ? mailbox : `${mailbox}/${uid}`);
    const reply = failure.reply === undefined ? '' : ` (${escapeLine(failure.reply)})`;
    this.#ui.warn(`${name}: ${escapeLine(failure.message)}${reply}`);
    const { code, message, exit } = failure;
    const object = { action: 'failed', mailbox, uid, to_uid: null, bytes: null, message_id: null };
    if (this.#streams)
      await this.#ui.item(
        { schema: 'cs.mail-transfer/1', ...object, error: { code, message, exit_code: exit } },
        () => '',
      );
  }

  stop(): void {
    this.#progress.end();
  }

  /** The summary. Throws the only failure, or `CS_PARTIAL` where something went well. */
  async end(schema: string): Promise<void> {
    this.#progress.end();
    const ms = Math.round(performance.now() - this.#began);
    const done = Object.values(this.#counts).reduce((sum, count) => sum + count, this.#same);
    if (this.#first && done === 0) throw this.#first;
    const summary = {
      ...this.#counts,
      same: this.#same,
      failed: this.#failed,
      bytes: this.#octets,
      ms,
      dry_run: this.#dryRun,
    };
    if (!this.#streams || this.#ui.json) await this.#ui.result({ schema, ...summary }, () => '');
    this.#ui.note(this.#words(ms));
    if (this.#failed > 0) throw new CsError('CS_PARTIAL', `${this.#failed} failed, ${done} did not`);
  }

  #words(ms: number): string {
    const { copied, flagged, removed, created, subscribed, dropped, renamed } = this.#counts;
    const many = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
    const parts = [
      ...many(copied, `copied (${showSize(this.#octets)})`),
      ...many(flagged, 'given their flags'),
      ...many(created, created === 1 ? 'mailbox made' : 'mailboxes made'),
      ...many(subscribed, 'subscribed'),
      ...many(removed, 'removed'),
      ...many(renamed, renamed === 1 ? 'mailbox renamed' : 'mailboxes renamed'),
      ...many(dropped, dropped === 1 ? 'mailbox removed' : 'mailboxes removed'),
    ];
    const what = parts.length === 0 ? 'nothing to do' : `${this.#dryRun ? 'to do: ' : ''}${parts.join(', ')}`;
    return `${what}, ${this.#same} as they were, in ${showDuration(ms)}`;
  }
}

function planLine({ action, mailbox, uid, bytes, message_id: id }: MailStep): string {
  const name = escapeLine(uid === undefined ? mailbox : `${mailbox}/${uid}`, 1000);
  const more = [bytes === undefined ? '' : showSize(bytes), id === undefined ? '' : escapeLine(id, 200)].filter(
    (one) => one !== '',
  );
  return `${action.padEnd(10)}  ${name}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
}
