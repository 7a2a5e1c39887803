import type { Fact, Journal, Json } from '../../contracts/journal.ts';
import { Clock } from '../../waiting/clock.ts';
import { type Match, timedOut, type WaitOrder, waitFor } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import type { fileOptions } from './command.ts';
import { awaitedFile } from './file-match.ts';
import { waitOrder } from './options.ts';
import { journalOf } from './remote-parts.ts';
import { caseName, forReader, reported } from './run-wait.ts';

type Context = CommandContext<typeof fileOptions>;

/** On the command line --name is the file's; from the environment or cs.yaml it is the instance's, as everywhere. */
function names(ctx: Context): { readonly file: string | undefined; readonly instance: string | undefined } {
  const { name } = ctx.options;
  return ctx.origin('name') === 'flag' ? { file: name, instance: undefined } : { file: undefined, instance: name };
}

export async function run(ctx: Context): Promise<void> {
  const { options } = ctx;
  const { path, by, none, stable, print } = options;
  const { file: name, instance } = names(ctx);
  const order = waitOrder(options, ctx.signal, 'file', stable === undefined ? [] : ['--stable']);
  const wanted = awaitedFile({ ...options, name });
  const asked = { ...ctx, options: { ...options, name: instance } };
  await reported(asked, order, caseName('file', { name, path, by }, none), 'file', async (remote) => {
    const journal = journalOf(remote);
    const began = performance.now();
    const found = await waitFor(journal, wanted, order);
    const left = order.timeout - (performance.now() - began);
    const matches = stable === undefined ? found : await settled(journal, found, stable, { ...order, timeout: left });
    const files = matches.map(fileJson);
    const result = { schema: 'cs.wait/1', kind: 'file', matched: matches.length, files };
    const text = matches.map((match) => (print === 'json' ? JSON.stringify(fileJson(match)) : String(match.fact.path)));
    await ctx.ui.result(result, () => forReader(ctx, text.join('\n')));
  });
}

function fileJson({ fact }: Match): Json {
  const { event: _event, ts, cursor, ...facts } = fact;
  return { id: cursor, ...facts, stored_at: ts } as Json;
}

/** Each as it was stored last, once nobody has stored it anew for `quiet` milliseconds. Throws `CS_TIMEOUT`. */
async function settled(
  journal: Journal,
  matches: readonly Match[],
  quiet: number,
  { signal, timeout }: Pick<WaitOrder, 'signal' | 'timeout'>,
): Promise<readonly Match[]> {
  const newest = new Map<string, Fact>(matches.map(({ fact }) => [String(fact.path), fact]));
  const after = Math.max(0, ...matches.map(({ fact }) => fact.cursor));
  const end = performance.now() + timeout;
  using clock = new Clock(signal);
  let hurried = false;
  const wait = (): void => {
    const left = end - performance.now();
    hurried = left < quiet;
    clock.endIn(Math.max(0, Math.min(quiet, left)));
  };
  wait();
  for await (const fact of journal.since(after, ['file.stored'], clock.signal)) {
    const path = String(fact.path);
    if (!newest.has(path)) continue;
    newest.set(path, fact);
    wait();
  }
  if (signal.aborted) throw signal.reason;
  if (hurried) throw timedOut(`${[...newest.keys()].join(', ')} was still being stored`, timeout);
  return [...newest.values()].map((fact) => ({ fact, extracted: undefined }));
}
