import type { Json } from '../../contracts/journal.ts';
import type { Queue, SpoolMessage, SpoolRecipient } from '../../contracts/spool.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration, showSize } from '../../kit/units.ts';
import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import type { queueRmOptions } from './command.ts';

async function withQueue<T>(ctx: CommandContext, work: (queue: Queue) => Promise<T>): Promise<T> {
  await using remote = await instance(ctx);
  if (!remote.queue) throw new CsError('CS_USAGE', 'this end has no queue', { hint: 'cs serve smtp --deliver' });
  // Awaited here: the conversation must not end before the work.
  return await work(remote.queue);
}

export async function list(ctx: CommandContext): Promise<void> {
  const messages = await withQueue(ctx, (queue) => queue.list());
  const { format, pick } = ctx.options;
  if (pick === undefined && (format !== undefined || ctx.ui.json)) {
    for (const message of messages) await ctx.ui.item({ schema: 'cs.queued/1', ...facts(message) }, () => '');
    return;
  }
  const recipients = messages.reduce((sum, one) => sum + one.recipients.length, 0);
  const result = { schema: 'cs.queue/1', count: messages.length, recipients, messages: messages.map(facts) };
  await ctx.ui.result(result, () => table(messages, Date.now()));
  if (messages.length === 0) ctx.ui.note('the queue is empty');
}

export async function show(ctx: CommandContext): Promise<void> {
  const [id = ''] = ctx.operands;
  await withQueue(ctx, async (queue) => {
    const found = (await queue.list()).find((message) => message.id === id);
    if (!found) throw unknown(id);
    const { json, pick, format } = ctx.options;
    if (json !== undefined || pick !== undefined || format !== undefined) {
      await ctx.ui.result({ schema: 'cs.queued/1', ...facts(found) }, () => '');
      return;
    }
    for await (const chunk of queue.read(id)) await ctx.ui.bytes(chunk);
  });
}

export async function retry(ctx: CommandContext): Promise<void> {
  const ids = ctx.operands.length === 0 ? undefined : ctx.operands;
  await withQueue(ctx, async (queue) => {
    if (ids) await known(queue, ids);
    const recipients = await queue.retry(ids);
    await ctx.ui.result(
      { schema: 'cs.queue.retry/1', recipients },
      () => `trying again: ${recipients} recipient${recipients === 1 ? '' : 's'}`,
    );
  });
}

export async function remove(ctx: CommandContext<typeof queueRmOptions>): Promise<number | undefined> {
  const { all, yes, dryRun } = ctx.options;
  if (all === ctx.operands.length > 0) {
    throw new CsError('CS_USAGE', all ? '--all and ids' : 'nothing named to remove', {
      hint: 'cs queue rm ID, or --all',
    });
  }
  return withQueue(ctx as unknown as CommandContext, async (queue) => {
    const ids = all ? (await queue.list()).map(({ id }) => id) : ctx.operands;
    await known(queue, ids);
    const what = `${ids.length} message${ids.length === 1 ? '' : 's'}`;
    if (!dryRun && !yes && ids.length > 0) {
      const answer = await ctx.ui.ask(`forget ${what}, without a word to the senders? [y/N]`, { flag: '--yes' });
      if (!/^y(es)?$/i.test(answer.trim())) {
        ctx.ui.note('nothing was removed');
        return 1;
      }
    }
    const removed = dryRun ? ids.length : await queue.remove(ids);
    await ctx.ui.result({ schema: 'cs.queue.removed/1', removed, dry_run: dryRun }, () =>
      dryRun ? `would remove ${what}` : `removed ${removed} message${removed === 1 ? '' : 's'}`,
    );
    return undefined;
  });
}

/** Everything is found before anything happens. */
async function known(queue: Queue, ids: readonly string[]): Promise<void> {
  const there = new Set((await queue.list()).map(({ id }) => id));
  for (const id of ids) if (!there.has(id)) throw unknown(id);
}

function unknown(id: string): CsError {
  return new CsError('CS_NOT_FOUND', `no message ${JSON.stringify(id.slice(0, 100))} in the queue`, {
    hint: 'cs queue ls shows the ids',
  });
}

function facts({ id, size, queuedAt, envelope, recipients }: SpoolMessage): { readonly [key: string]: Json } {
  return {
    id,
    size,
    queued_at: new Date(queuedAt).toISOString(),
    from: envelope.from,
    user: envelope.user,
    recipients: recipients.map(({ address, tries, due, busy, reply, warned }) => ({
      address,
      tries,
      due: new Date(due).toISOString(),
      busy,
      reply,
      warned,
    })),
  };
}

function table(messages: readonly SpoolMessage[], now: number): string {
  const rows = messages.flatMap(({ id, size, queuedAt, recipients }) =>
    recipients.map((one) => [
      id,
      showSize(size),
      showDuration(Math.max(now - queuedAt, 0)),
      escapeLine(one.address, 60),
      `${one.tries} ${one.tries === 1 ? 'try' : 'tries'}, ${nextTry(one, now)}`,
      escapeLine(one.reply ?? '', 200),
    ]),
  );
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 1 || at === 2 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function nextTry({ busy, due }: SpoolRecipient, now: number): string {
  if (busy) return 'under way';
  return due <= now ? 'due' : `next in ${showDuration(due - now)}`;
}
