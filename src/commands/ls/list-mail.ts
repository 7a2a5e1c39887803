import type { CommandContext } from '../command.ts';
import { findMessage, type MailPlace, mailPlace } from '../places/mail-place.ts';
import { mailboxFacts, mailboxTable } from '../places/mailbox-facts.ts';
import { messageFacts, messageTable } from '../places/message-facts.ts';
import type { lsOptions } from './command.ts';

const SCHEMA = 'cs.ls/1';

export async function listMail(ctx: CommandContext<typeof lsOptions>): Promise<void> {
  await using place = await mailPlace(ctx);
  const { mail, mailbox, id } = place;
  if (place.whole) return await listMailboxes(ctx, place);
  const entries = id === undefined ? await mail.list(mailbox) : [await findMessage(place, id)];
  const messages = entries.map(messageFacts);
  const { format, pick } = ctx.options;
  if (pick === undefined && (format !== undefined || ctx.ui.json)) {
    for (const message of messages) await ctx.ui.item({ schema: SCHEMA, mailbox, ...message }, () => '');
    return;
  }
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  const result = { schema: SCHEMA, url: place.shown, mailbox, count: entries.length, bytes, messages };
  await ctx.ui.result(result, () => messageTable(entries));
  if (entries.length === 0) ctx.ui.note(`no messages in ${mailbox}`);
}

async function listMailboxes(ctx: CommandContext<typeof lsOptions>, { mail, shown }: MailPlace): Promise<void> {
  const boxes = await mail.mailboxes();
  const mailboxes = boxes.map(mailboxFacts);
  const { format, pick } = ctx.options;
  if (pick === undefined && (format !== undefined || ctx.ui.json)) {
    for (const box of mailboxes) await ctx.ui.item({ schema: SCHEMA, ...box }, () => '');
    return;
  }
  const bytes = boxes.reduce((sum, box) => sum + box.bytes, 0);
  await ctx.ui.result({ schema: SCHEMA, url: shown, count: boxes.length, bytes, mailboxes }, () => mailboxTable(boxes));
}
