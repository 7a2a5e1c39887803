import type { CommandContext } from '../command.ts';
import { openMailEnd } from '../places/mail-end.ts';
import { KINDS, kindOf } from '../wait/kind.ts';
import { instanceAt, namesInstance } from '../wait/own-instance.ts';
import { journalOf } from '../wait/remote-parts.ts';

export async function run(ctx: CommandContext): Promise<void> {
  const kind = kindOf(ctx.operands.slice(0, 1), 'mark', KINDS);
  const [, place] = ctx.operands;
  if (place !== undefined && kind === 'mail' && !namesInstance(place)) return markMailbox(ctx, kind, place);
  await using remote = await instanceAt(ctx, place, kind);
  const cursor = await journalOf(remote).mark();
  await ctx.ui.result({ schema: 'cs.mark/1', kind, cursor }, () => `${cursor}`);
}

/** The uid of the newest message. */
async function markMailbox(ctx: CommandContext, kind: string, place: string): Promise<void> {
  await using end = await openMailEnd(ctx, place);
  const { mailboxJournal } = await import('../../waiting/mailbox-journal.ts');
  const cursor = await mailboxJournal(end.mail, end.mailbox ?? 'INBOX').mark();
  await ctx.ui.result({ schema: 'cs.mark/1', kind, cursor }, () => `${cursor}`);
}
