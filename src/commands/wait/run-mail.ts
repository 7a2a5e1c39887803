import type { Json } from '../../contracts/journal.ts';
import type { MailStore } from '../../contracts/mail.ts';
import type { Remote } from '../../contracts/services.ts';
import { awaitedMail } from '../../waiting/awaited-mail.ts';
import { readContent } from '../../waiting/content.ts';
import { MailMatcher } from '../../waiting/mail-match.ts';
import { type Match, type WaitOrder, waitFor } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import type { mailOptions } from './command.ts';
import { waitOrder } from './options.ts';
import { houseOf, journalOf } from './remote-parts.ts';
import { caseName, forReader, reported } from './run-wait.ts';

type Context = CommandContext<typeof mailOptions>;

export async function run(ctx: Context): Promise<void> {
  const { options } = ctx;
  const { to, from, subject, body, extract, none } = options;
  const order = waitOrder(options, ctx.signal, 'mail', extract === undefined ? [] : ['--extract']);
  const matcher = new MailMatcher(options);
  const name = caseName('mail', { to, from, subject, body, extract }, none);
  await reported(ctx, order, name, (remote) => waitMail(ctx, matcher, order, remote));
}

/** Waits on any journal, prints what was asked for. */
async function waitMail(ctx: Context, matcher: MailMatcher, order: WaitOrder, remote: Remote): Promise<void> {
  const mail = await houseOf(remote).of('*');
  const matches = await waitFor(journalOf(remote), awaitedMail(matcher, mail), order);
  const { print } = ctx.options;
  const texts = await Promise.all(matches.map((match) => printed(match, print, mail)));
  if (print === 'raw' && !ctx.ui.json) {
    for (const text of texts) await ctx.ui.bytes(text);
    return;
  }
  const result = { schema: 'cs.wait/1', kind: 'mail', matched: matches.length, messages: matches.map(messageJson) };
  await ctx.ui.result(result, () => forReader(ctx, texts.join('\n')));
}

function messageJson({ fact, extracted }: Match): Json {
  const { event: _event, ts, owners: _owners, ...facts } = fact;
  return { ...facts, received_at: ts, extracted: extracted ?? null } as Json;
}

async function printed(
  match: Match,
  print: Context['options']['print'],
  mail: MailStore,
): Promise<string | Uint8Array> {
  const id = String(match.fact.id);
  if (print === 'json') return JSON.stringify(messageJson(match));
  if (print === undefined || print === 'id') return print === undefined ? (match.extracted ?? id) : id;
  const content = await readContent(mail, id);
  return print === 'raw' ? content.raw : content[print];
}
