import { escapeLine } from '../../kit/escape.ts';
import type { CommandContext } from '../command.ts';
import { Sender } from '../send-mail/deliver.ts';
import { readInput } from '../send-mail/input.ts';
import { sentLine, sentResult } from '../send-mail/outcome.ts';
import { reachMail, whereTo } from '../send-mail/where.ts';
import { parseSendmail, type SendmailArguments } from './arguments.ts';
import { carry } from './dialogue.ts';
import { submission } from './message.ts';

const PARTIAL = 12;

export async function run(ctx: CommandContext): Promise<number> {
  const args = parseSendmail(ctx.rest);
  // Nothing ever waits here.
  if (args.mode === 'q') return 0;
  if (args.mode === 'p') {
    await ctx.ui.bytes('Mail queue is empty\n');
    return 0;
  }
  return args.mode === 's' ? speak(ctx) : submit(ctx, args);
}

async function speak(ctx: CommandContext): Promise<number> {
  const { dial, target } = await reachMail(ctx, await whereTo(ctx, undefined), []);
  await carry(await dial(target), process.stdin, process.stdout);
  return 0;
}

/** Quiet when all went well, as sendmail is; refused recipients are told on stderr. */
async function submit(ctx: CommandContext, args: SendmailArguments): Promise<number> {
  const { envelope, message } = submission(await readInput('-', 'the message'), args);
  const { client, context, dial, target } = await reachMail(ctx, await whereTo(ctx, undefined), []);
  await using sender = new Sender(() => client.connect(dial, context));
  const sent = await sender.send({ envelope, message, retry: ctx.options.retry, signal: context.signal });
  const refused = sent.receipt.results.filter(({ accepted }) => !accepted);
  for (const { address, reply } of refused) ctx.ui.warn(`${escapeLine(address)}: ${escapeLine(reply)}`);
  const result = sentResult(target.shown, sender.remote?.facts?.() ?? {}, envelope, sent);
  if (args.verbose || ctx.ui.json) await ctx.ui.result(result, sentLine(target.shown, sent));
  return refused.length === 0 ? 0 : PARTIAL;
}
