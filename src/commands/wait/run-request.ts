import type { Json } from '../../contracts/journal.ts';
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import { type Match, type WaitOrder, waitFor } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import type { requestOptions } from './command.ts';
import { waitOrder } from './options.ts';
import { journalOf } from './remote-parts.ts';
import { bodyOf } from './request-body.ts';
import { awaitedRequest } from './request-match.ts';
import { caseName, forReader, reported } from './run-wait.ts';

type Context = CommandContext<typeof requestOptions>;

export async function run(ctx: Context): Promise<void> {
  const { options } = ctx;
  const { method, path, query, header, body, none } = options;
  const order = waitOrder(options, ctx.signal, 'request');
  const wanted = awaitedRequest(options);
  const name = caseName('request', { method, path, query, header, body }, none);
  await reported(ctx, order, name, 'request', (remote) => waitRequest(ctx, wanted, order, remote));
}

async function waitRequest(
  ctx: Context,
  wanted: ReturnType<typeof awaitedRequest>,
  order: WaitOrder,
  remote: Remote,
): Promise<void> {
  const matches = await waitFor(journalOf(remote), wanted, order);
  const { print } = ctx.options;
  if (print === 'body' && !ctx.ui.json) {
    for (const match of matches) await ctx.ui.bytes(body(match));
    return;
  }
  const requests = matches.map(requestJson);
  const result = { schema: 'cs.wait/1', kind: 'request', matched: matches.length, requests };
  await ctx.ui.result(result, () => forReader(ctx, matches.map((match) => printed(match, print)).join('\n')));
}

function requestJson({ fact }: Match): Json {
  const { event: _event, ts, cursor, ...facts } = fact;
  return { id: cursor, ...facts, received_at: ts } as Json;
}

function body({ fact }: Match): Buffer {
  const octets = bodyOf(fact);
  if (octets === undefined) throw new CsError('CS_NOT_FOUND', 'the body of this request was not kept');
  return octets;
}

function printed(match: Match, print: Context['options']['print']): string {
  if (print === 'json') return JSON.stringify(requestJson(match));
  if (print !== 'headers') return String(match.fact.cursor);
  return Object.entries(match.fact.headers ?? {})
    .flatMap(([name, value]) => [value as Json].flat().map((one) => `${name}: ${one}`))
    .join('\n');
}
