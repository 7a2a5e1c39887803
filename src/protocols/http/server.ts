import type { ServerContext, ServerEnd } from '../../contracts/protocol.ts';
import type { Answered } from '../shared/http/answered.ts';
import { createHttp } from '../shared/http/server.ts';
import { accessLog } from './access-log/access-log.ts';
import { Answering } from './answering.ts';
import { metricsAt } from './metrics/handler.ts';
import { Metrics, type MetricsPart } from './metrics/metrics.ts';
import type { options } from './options.ts';
import { recorder } from './record.ts';
import { readSites } from './sites.ts';

type Needs = 'files' | 'accounts' | 'journal';
export type WebContext = ServerContext<Needs, typeof options>;

/** Files of a tree over HTTP. What it can do stands in one table (`answering.ts`); what is told of it, in one list. */
export const server: ServerEnd<Needs, typeof options> = {
  async open(ctx) {
    const sites = readSites(ctx.options.vhost);
    const measured = ctx.options.metrics === undefined ? undefined : measuring(ctx, ctx.options.metrics);
    const answering = new Answering(ctx, sites, measured?.place);
    const ready = answering.ready();
    const answered = [
      recorder({ ...ctx.services, server: ctx.server.id, which: ctx.options.record, log: ctx.log }),
      accessLog(ctx.options.accessLog, ctx.options.accessLogFormat, ctx.log),
      measured?.answered,
    ].filter((told) => told !== undefined);
    return createHttp({
      hosts: [...(ctx.reach?.hosts ?? []), ...sites.hosts],
      origins: ctx.reach?.origins ?? [],
      limits: ctx.limits,
      ...(ctx.overloaded ? { overloaded: ctx.overloaded } : {}),
      answer: (request) => answering.answer(request),
      ...(ready ? { ready } : {}),
      answered: (exchange: Answered) => {
        for (const told of answered) told(exchange);
      },
      halfOpen: true,
      log: ctx.log,
    });
  },
};

/** One count, whichever process answered. */
function measuring({ siblings, server }: WebContext, path: string) {
  const own = (): MetricsPart => metrics.part();
  const shared = siblings?.share(`metrics ${server.id}`, () => ({ ...own() }));
  const metrics = new Metrics(shared?.inherited as unknown as MetricsPart | undefined);
  const parts = async () => (shared ? ((await shared.all()) as unknown as readonly MetricsPart[]) : [own()]);
  return { place: metricsAt(path, parts), answered: metrics.answered };
}
