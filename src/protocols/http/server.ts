import type { ServerContext, ServerEnd } from '../../contracts/protocol.ts';
import type { Answered } from '../shared/http/answered.ts';
import { createHttp } from '../shared/http/server.ts';
import { accessLog } from './access-log/access-log.ts';
import { Answering } from './answering.ts';
import { metricsAt } from './metrics/handler.ts';
import { Metrics } from './metrics/metrics.ts';
import type { options } from './options.ts';
import { recorder } from './record.ts';
import { readSites } from './sites.ts';

type Needs = 'files' | 'accounts' | 'journal';
export type WebContext = ServerContext<Needs, typeof options>;

/** Files of a tree over HTTP. What it can do stands in one table (`answering.ts`); what is told of it, in one list. */
export const server: ServerEnd<Needs, typeof options> = {
  async open(ctx) {
    const sites = readSites(ctx.options.vhost);
    const metrics = new Metrics();
    const place = ctx.options.metrics === undefined ? undefined : metricsAt(ctx.options.metrics, metrics);
    const answering = new Answering(ctx, sites, place);
    const ready = answering.ready();
    const answered = [
      recorder({ ...ctx.services, server: ctx.server.id, which: ctx.options.record, log: ctx.log }),
      accessLog(ctx.options.accessLog, ctx.options.accessLogFormat, ctx.log),
      place && metrics.answered,
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
      log: ctx.log,
    });
  },
};
