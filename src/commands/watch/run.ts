import { CsError } from '../../kit/errors.ts';
import { showDuration } from '../../kit/units.ts';
import { awaitedMail } from '../../waiting/awaited-mail.ts';
import { MailMatcher, mailLine } from '../../waiting/mail-match.ts';
import { type Match, matching, timedOut } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import { mailJson, openMailSource } from '../wait/mail-source.ts';
import { forReader } from '../wait/run-wait.ts';
import type { watchOptions } from './command.ts';

type Context = CommandContext<typeof watchOptions>;

/** Milliseconds: as long as a timer can run, which is 24 days. */
const FOREVER = 2 ** 31 - 1;

export async function run(ctx: Context): Promise<void> {
  const { after, count } = ctx.options;
  // The verb's own option has no default, though every client's has one.
  const limit = (ctx.options.timeout as number | undefined) ?? FOREVER;
  const lasting = { ...ctx, options: { ...ctx.options, timeout: FOREVER } } as unknown as CommandContext;
  const matcher = new MailMatcher(ctx.options);
  await using source = await openMailSource(lasting, ctx.operands[0]);
  const { journal, mail, mailbox } = source;
  const ends = AbortSignal.any([ctx.signal, AbortSignal.timeout(limit)]);
  const order = { after: after ?? (await journal.mark()), signal: ends };
  let seen = 0;
  for await (const match of matching(journal, awaitedMail(matcher, mail, mailbox), order)) {
    const { text, object } = told(match);
    await ctx.ui.item(object, () => forReader(ctx, text));
    seen += 1;
    if (seen === count) return;
  }
  ctx.signal.throwIfAborted();
  if (!ends.aborted) throw new CsError('CS_CANNOT_CONNECT', 'the server has ended the conversation');
  throw timedOut(seen === 0 ? 'no message' : `only ${seen} came within ${showDuration(limit)}`, limit);
}

function told(match: Match) {
  return {
    text: match.extracted ?? mailLine(match.fact),
    object: { schema: 'cs.watch/1', kind: 'mail', ...mailJson(match) },
  };
}
