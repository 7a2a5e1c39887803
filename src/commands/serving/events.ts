/** The journal as NDJSON after the ready line: the envelope of surface.md section 7, in order, `stopped` last. */
import type { Fact, Json } from '../../contracts/journal.ts';
import type { Ui } from '../../ui/ui.ts';
import type { Running } from './start.ts';

/** A line is at most 8 KiB; a fact that would be longer loses its longest texts. */
const LINE = 8192;

export function eventObject(fact: Fact): { schema: string; [key: string]: Json } {
  const { cursor, ts, event, server = null, conn = null, ...rest } = fact;
  const object = { schema: 'cs.event/1', event, ts, server, conn, cursor, ...(rest as { [key: string]: Json }) };
  if (JSON.stringify(object).length <= LINE) return object;
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, shorten(value)])) as typeof object;
}

function shorten(value: Json): Json {
  if (typeof value === 'string') return value.slice(0, 256);
  if (Array.isArray(value)) return value.slice(0, 16).map(shorten);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).slice(0, 16);
  return Object.fromEntries(entries.map(([key, inner]) => [key, shorten(inner)]));
}

export interface EventStream {
  /** Writes `stopped` after every fact that came before it. */
  finish(exitCode: number): Promise<void>;
}

/**
 * Facts are read back only where somebody reads them.
 * @param picked --pick or --format: the ready object was asked for, and no event is like it
 */
export function eventStream(running: Running, ui: Ui, picked: boolean): EventStream {
  const { journal } = running.store;
  const told = ui.json && !picked ? pump(running, ui) : undefined;
  return {
    async finish(exitCode) {
      const cursor = await journal.add({ event: 'stopped', ...running.counts(), exit_code: exitCode });
      await told?.finish(cursor);
    },
  };
}

function pump(running: Running, ui: Ui): { finish(cursor: number): Promise<void> } {
  const stop = new AbortController();
  const { journal } = running.store;
  let last = 0;
  const pumping = (async () => {
    for await (const fact of journal.since(await journal.mark(), [], stop.signal)) {
      last = fact.cursor;
      await ui.item(eventObject(fact), () => '');
      if (fact.event === 'stopped') break;
    }
  })().catch((error: unknown) => ui.log('error', 'events', { message: String(error) }));
  return {
    async finish(cursor) {
      if (last < cursor) await Promise.race([pumping, new Promise((resolve) => setTimeout(resolve, 1000))]);
      stop.abort();
      await pumping;
    },
  };
}
