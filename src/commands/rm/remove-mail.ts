import type { MailEntry } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { findMessage, type MailPlace, mailPlace } from '../places/mail-place.ts';
import { messageFacts, messageTable } from '../places/message-facts.ts';
import type { rmOptions } from './command.ts';

export async function removeMail(ctx: CommandContext<typeof rmOptions>): Promise<number | undefined> {
  const { dryRun, all } = ctx.options;
  const given = ctx.operands.slice(1);
  if (all && given.length > 0) throw new CsError('CS_USAGE', '--all and ids exclude one another');
  await using place = await mailPlace(ctx);
  if (place.whole && given.length === 0)
    throw new CsError('CS_USAGE', `${place.shown} is a whole account; name a mailbox in it`);
  if (ctx.options.recursive && place.id === undefined && given.length === 0) return await removeMailbox(ctx, place);
  const ids = [...(place.id === undefined ? [] : [place.id]), ...given];
  if (ids.length > 0 && all) throw new CsError('CS_USAGE', '--all and a message exclude one another');
  if (ids.length === 0 && !all) {
    throw new CsError('CS_USAGE', 'nothing to remove', { hint: 'put an id behind the URL, or say --all' });
  }
  const entries = all ? await place.mail.list(place.mailbox) : await named(place, ids);
  if (!dryRun && entries.length > 0 && !(await confirmed(ctx, entries, place))) return 1;
  const uids = entries.map(({ uid }) => uid);
  const removed = dryRun || uids.length === 0 ? 0 : await place.mail.remove(place.mailbox, uids);
  const result = {
    schema: 'cs.rm/1',
    url: place.shown,
    mailbox: place.mailbox,
    dry_run: dryRun,
    removed,
    messages: entries.map(messageFacts),
  };
  const words = dryRun ? `would remove ${entries.length}` : `removed ${removed}`;
  await ctx.ui.result(result, () => [...(dryRun ? [messageTable(entries)] : []), words].join('\n'));
  // Somebody was faster: what is gone is gone, but it was not us.
  return dryRun || removed === entries.length ? undefined : 12;
}

async function removeMailbox(ctx: CommandContext<typeof rmOptions>, place: MailPlace): Promise<number | undefined> {
  const { mail, mailbox, shown } = place;
  if (!mail.drop) throw new CsError('CS_UNSUPPORTED', `${shown} keeps its mailboxes`);
  const box = (await mail.mailboxes()).find(({ name }) => name === mailbox);
  if (!box) throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(mailbox)}`);
  const { dryRun, yes } = ctx.options;
  if (!dryRun && !yes) {
    const question = `remove ${shown} and its ${box.messages} messages? [y/N]`;
    const answer = await ctx.ui.ask(question, { flag: '--yes' });
    if (!/^y(es)?$/i.test(answer.trim())) {
      ctx.ui.note('nothing was removed');
      return 1;
    }
  }
  if (!dryRun) await mail.drop(mailbox);
  const result = {
    schema: 'cs.rm/1',
    url: shown,
    mailbox,
    dry_run: dryRun,
    removed: dryRun ? 0 : box.messages,
    messages: [],
  };
  await ctx.ui.result(result, () => `${dryRun ? 'would remove' : 'removed'} ${shown}`);
  return undefined;
}

async function named(place: MailPlace, ids: readonly string[]): Promise<MailEntry[]> {
  const found = new Map<number, MailEntry>();
  for (const id of ids) {
    const entry = await findMessage(place, id);
    found.set(entry.uid, entry);
  }
  return [...found.values()];
}

async function confirmed(
  ctx: CommandContext<typeof rmOptions>,
  entries: readonly MailEntry[],
  { shown }: MailPlace,
): Promise<boolean> {
  if (ctx.options.yes) return true;
  if (ctx.ui.interactive) ctx.ui.note(messageTable(entries));
  const count = entries.length === 1 ? 'this message' : `these ${entries.length} messages`;
  const answer = await ctx.ui.ask(`remove ${count} from ${shown}? [y/N]`, { flag: '--yes' });
  if (/^y(es)?$/i.test(answer.trim())) return true;
  ctx.ui.note('nothing was removed');
  return false;
}
