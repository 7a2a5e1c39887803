import type { MailStore } from '../../contracts/mail.ts';
import { awaitedMail } from '../../waiting/awaited-mail.ts';
import { readContent } from '../../waiting/content.ts';
import { MailMatcher } from '../../waiting/mail-match.ts';
import { type Match, type WaitOrder, waitFor } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import type { mailOptions } from './command.ts';
import { type MailSource, mailJson, openMailSource } from './mail-source.ts';
import { waitOrder } from './options.ts';
import { caseName, forReader, reportedAt } from './run-wait.ts';

type Context = CommandContext<typeof mailOptions>;

export async function run(ctx: Context): Promise<void> {
  const { options } = ctx;
  const { to, from, subject, body, extract, none } = options;
  const order = waitOrder(options, ctx.signal, 'mail', extract === undefined ? [] : ['--extract']);
  const matcher = new MailMatcher(options);
  const name = caseName('mail', { to, from, subject, body, extract }, none);
  const open = (inner: CommandContext) => openMailSource(inner, ctx.operands[0]);
  await reportedAt(ctx, order, name, open, (source) => waitMail(ctx, matcher, order, source));
}

/** Waits on any journal, prints what was asked for. */
async function waitMail(ctx: Context, matcher: MailMatcher, order: WaitOrder, source: MailSource): Promise<void> {
  const { journal, mail, mailbox } = source;
  const matches = await waitFor(journal, awaitedMail(matcher, mail, mailbox, order.after === 0), order);
  const { print } = ctx.options;
  const texts = await Promise.all(matches.map((match) => printed(match, print, mail, mailbox)));
  if ((print === 'raw' || print === 'body') && !ctx.ui.json) {
    for (const text of texts) await ctx.ui.bytes(text);
    return;
  }
  const result = { schema: 'cs.wait/1', kind: 'mail', matched: matches.length, messages: matches.map(mailJson) };
  await ctx.ui.result(result, () => forReader(ctx, texts.join('\n')));
}

async function printed(
  match: Match,
  print: Context['options']['print'],
  mail: MailStore,
  mailbox: string,
): Promise<string | Uint8Array> {
  const id = String(match.fact.id);
  if (print === 'json') return JSON.stringify(mailJson(match));
  if (print === undefined || print === 'id') return print === undefined ? (match.extracted ?? id) : id;
  const content = await readContent(mail, id, mailbox);
  if (print === 'body') return bodyOf(content.raw);
  return print === 'raw' ? content.raw : content[print];
}

/** What follows the empty line (RFC 5322 section 2.1). */
function bodyOf(raw: Buffer): Uint8Array {
  if (raw.indexOf('\r\n') === 0) return raw.subarray(2);
  const end = raw.indexOf('\r\n\r\n');
  return raw.subarray(end === -1 ? raw.length : end + 4);
}
