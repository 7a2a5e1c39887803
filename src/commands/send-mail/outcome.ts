/** What is shown in the end: one line, or `cs.send_mail/1`. */
import type { Envelope, RecipientResult } from '../../contracts/delivery.ts';
import type { Json } from '../../contracts/journal.ts';
import type { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration } from '../../kit/units.ts';
import type { Paint, Result } from '../../ui/ui.ts';
import type { Sent } from './deliver.ts';
import { type LoadResult, percentile } from './load.ts';

type Facts = { readonly [key: string]: Json };

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

function base(server: string, facts: Facts, envelope: Envelope): Record<string, Json> {
  const { connect_ms, banner_ms, ehlo_ms, starttls_ms, auth_ms, ...said } = facts;
  const times = { connect_ms, banner_ms, ehlo_ms, starttls_ms, auth_ms };
  return {
    server,
    envelope: { from: envelope.from, to: envelope.to.map(({ address }) => address) },
    ...said,
    timings: Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)) as Json,
  };
}

function resultJson(results: readonly RecipientResult[]): Json {
  return results.map(({ address, accepted, reply }) => ({ address, accepted, reply }));
}

export function sentResult(server: string, facts: Facts, envelope: Envelope, sent: Sent): Result {
  const { receipt } = sent;
  const taken = receipt.results.find(({ accepted }) => accepted);
  return {
    schema: 'cs.send_mail/1',
    ok: receipt.results.every(({ accepted }) => accepted),
    id: receipt.id,
    message_id: sent.messageId ?? null,
    size: receipt.size,
    reply: taken?.reply ?? null,
    results: resultJson(receipt.results),
    attempts: sent.attempts,
    duration_ms: rounded(sent.ms),
    ...base(server, facts, envelope),
  };
}

export function sentLine(server: string, sent: Sent): (paint: Paint) => string {
  const { results, id } = sent.receipt;
  const accepted = results.filter((result) => result.accepted);
  const rest = results.filter((result) => !result.accepted);
  return (paint) => {
    const count = rest.length === 0 ? '' : ` for ${accepted.length} of ${results.length} recipients`;
    const time = paint.dim(`(${showDuration(rounded(sent.ms))})`);
    const line = `${paint.green('accepted')} by ${escapeLine(server)}${count}, id ${escapeLine(id)} ${time}`;
    const refused = rest.map(
      ({ address, reply }) => `${paint.red('refused')}  ${escapeLine(address)}: ${escapeLine(reply)}`,
    );
    return [line, ...refused].join('\n');
  };
}

/** A conversation that was broken off on purpose. */
export function stoppedResult(
  server: string,
  facts: Facts,
  envelope: Envelope,
  results: readonly RecipientResult[],
): Result {
  const ok = results.every(({ accepted }) => accepted);
  return { schema: 'cs.send_mail/1', ok, results: resultJson(results), ...base(server, facts, envelope) };
}

export function stoppedLine(server: string, facts: Facts, results: readonly RecipientResult[]): () => string {
  const lines = results.map(({ address, reply }) => `${escapeLine(address)}: ${escapeLine(reply)}`);
  return () => [`stopped after ${facts.stopped_after} at ${escapeLine(server)}`, ...lines].join('\n');
}

export function loadResult(server: string, envelope: Envelope, load: LoadResult): Result {
  const { latencies } = load;
  return {
    schema: 'cs.send_mail/1',
    ok: load.failures.length === 0 && load.partial === 0,
    load: {
      sent: load.sent,
      partial: load.partial,
      failed: load.failures.length,
      duration_ms: rounded(load.seconds * 1000),
      messages_per_second: rounded(load.sent / Math.max(load.seconds, 1e-6)),
      latency_ms: {
        min: rounded(latencies[0] ?? 0),
        p50: rounded(percentile(latencies, 0.5)),
        p95: rounded(percentile(latencies, 0.95)),
        p99: rounded(percentile(latencies, 0.99)),
        max: rounded(latencies.at(-1) ?? 0),
      },
      errors: counted(load.failures),
    },
    ...base(server, load.facts, envelope),
  };
}

function counted(failures: readonly CsError[]): Json {
  const kinds = new Map<string, { code: string; message: string; count: number }>();
  for (const { code, message, reply } of failures) {
    const text = reply === undefined ? message : `${message}: ${reply}`;
    const kind = kinds.get(`${code} ${text}`) ?? { code, message: text, count: 0 };
    kind.count += 1;
    if (kinds.size < 20 || kind.count > 1) kinds.set(`${code} ${text}`, kind);
  }
  return [...kinds.values()];
}

export function loadLine(server: string, load: LoadResult): () => string {
  const { latencies, seconds, sent, failures, partial } = load;
  const at = (share: number): string => showDuration(rounded(percentile(latencies, share)));
  const rate = (sent / Math.max(seconds, 1e-6)).toFixed(1);
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed (${escapeLine(failures[0]?.message ?? '')})`;
  const some = partial === 0 ? '' : `, ${partial} for some recipients only`;
  return () =>
    [
      `${sent} messages accepted by ${escapeLine(server)}${some}${failed} in ${showDuration(rounded(seconds * 1000))}, ${rate} msg/s`,
      `latency  min ${at(0)}  p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  max ${at(1)}`,
    ].join('\n');
}
