import type { Json } from '../../contracts/journal.ts';
import type { Queue, SpoolMessage } from '../../contracts/spool.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import type { queueRmOptions } from './command.ts';
import { queueTable, recipientTable } from './table.ts';

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
  await ctx.ui.result(result, () => queueTable(messages, Date.now()));
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
    // The message is the result; how it stands is for whoever looks.
    ctx.ui.note(recipientTable(found, Date.now()));
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
