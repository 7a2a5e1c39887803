/** `--repeat` and `--concurrency`: many messages, and how long each took. */
import type { Json } from '../../contracts/journal.ts';
import type { Remote } from '../../contracts/services.ts';
import { asCsError, type CsError } from '../../kit/errors.ts';
import type { Composed } from './compose.ts';
import { Sender } from './deliver.ts';

export interface LoadPlan {
  readonly connect: () => Promise<Remote>;
  readonly composed: Composed;
  readonly repeat: number;
  readonly concurrency: number;
  readonly retry: number;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}

export interface LoadResult {
  readonly sent: number;
  /** Taken for some of the recipients only. */
  readonly partial: number;
  readonly seconds: number;
  /** Milliseconds of every message that was taken, ascending. */
  readonly latencies: readonly number[];
  readonly failures: readonly CsError[];
  /** What the first connection showed. */
  readonly facts: { readonly [key: string]: Json };
}

/** Each connection sends one message after the other; a failed message is counted, and the next one follows. */
export async function sendMany(plan: LoadPlan): Promise<LoadResult> {
  const latencies: number[] = [];
  const failures: CsError[] = [];
  let facts: LoadResult['facts'] = {};
  let partial = 0;
  let next = 0;
  const { envelope } = plan.composed;
  const worker = async (): Promise<void> => {
    await using sender = new Sender(plan.connect);
    while (next < plan.repeat && !plan.signal.aborted) {
      next += 1;
      try {
        const { receipt, ms } = await sender.send({ ...plan, envelope, message: plan.composed.next() });
        if (receipt.results.some(({ accepted }) => !accepted)) partial += 1;
        latencies.push(ms);
        if (latencies.length === 1) facts = sender.remote?.facts?.() ?? {};
      } catch (error) {
        failures.push(asCsError(error));
      }
      plan.progress(latencies.length + failures.length);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: Math.min(plan.concurrency, plan.repeat) }, worker));
  const seconds = (performance.now() - started) / 1000;
  return { sent: latencies.length, partial, seconds, latencies: latencies.sort((a, b) => a - b), failures, facts };
}

/** Nearest rank. @param sorted ascending */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
