import { performance } from 'node:perf_hooks';
import type { ServerContext, ServerEnd } from '../../contracts/protocol.ts';
import type { Answered } from '../shared/http/answered.ts';
import type { ReadySource } from '../shared/http/fast-path.ts';
import type { Reply } from '../shared/http/reply.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import { createHttp } from '../shared/http/server.ts';
import { captureOf } from './capture/capture.ts';
import { noteRefused } from './capture/refused.ts';
import { corsOf } from './cors.ts';
import { directoryHandler } from './listing/handler.ts';
import { challenged, Logins } from './login/logins.ts';
import type { options } from './options.ts';
import { recorder } from './record.ts';
import { readSites } from './sites.ts';
import { errorReply } from './static/error-page.ts';
import { FileMemory } from './static/memory.ts';
import { readyFiles } from './static/ready.ts';
import { staticRules } from './static/rules.ts';
import { staticHandler } from './static/static.ts';
import { uploadMethods, uploadOffer } from './upload/methods.ts';
import { MethodTable, namesOf, type WebRequest } from './web-request.ts';

type Needs = 'files' | 'accounts' | 'journal';
export type WebContext = ServerContext<Needs, typeof options>;

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Files of a tree over HTTP. What it can do stands in one table; what is told of it, in one list. */
export const server: ServerEnd<Needs, typeof options> = {
  async open(ctx) {
    const rules = staticRules(ctx.options, ctx.reach?.origins ?? []);
    const sites = readSites(ctx.options.vhost);
    const everybody = ctx.services.files.of({ user: '', server: ctx.server.id, conn: '' });
    const memory = new FileMemory(everybody, rules, { octets: ctx.options.memory, recheck: ctx.options.recheck });
    const { listing, maxUpload } = ctx.options;
    const table = new MethodTable(
      [
        ...uploadMethods(maxUpload),
        { method: 'GET', handle: staticHandler(rules, memory) },
        ...(listing === 'off' ? [] : [{ method: 'GET', handle: directoryHandler }]),
      ],
      uploadOffer(maxUpload),
    );
    const answered = [
      recorder({ ...ctx.services, server: ctx.server.id, which: ctx.options.record, log: ctx.log }),
    ].filter((told) => told !== undefined);
    const webRequest = (request: HttpRequest, user: string): WebRequest => {
      const tree = ctx.services.files.of({ user, server: ctx.server.id, conn: request.conn.id });
      const home = sites.home(request.authority.host);
      return Object.assign(request, { tree, home, user, name: namesOf(home, request) });
    };
    const logins = new Logins({ accounts: ctx.services.accounts, server: ctx.server.id, plain: ctx.tls === 'off' });
    const capture = captureOf(ctx.options.capture);
    const cors = corsOf(ctx.reach?.origins ?? []);
    const respond = async (request: HttpRequest): Promise<Reply> => {
      const user = await logins.user(request);
      request.conn.user = user === '' ? undefined : user;
      const captured = await capture.answer(request, maxUpload);
      if (captured) return captured;
      let web: WebRequest | undefined;
      try {
        web = webRequest(request, user);
        const reply = await table.answer(web);
        if (!READING.has(request.method)) memory.doubt(performance.now());
        return reply;
      } catch (thrown) {
        await noteRefused(request, thrown);
        const error = challenged(thrown);
        if (web === undefined) throw error;
        return errorReply(web, error, rules);
      }
    };
    const files = readyFiles(everybody, memory, sites);
    // What asks who it is, or is kept whole, has nothing ready.
    const ready: ReadySource | undefined =
      ctx.options.fastPath === 'on' && ctx.services.accounts.mode === 'any'
        ? (request, now) => (capture.covers(request.path) ? undefined : files(request, now))
        : undefined;
    return createHttp({
      hosts: [...(ctx.reach?.hosts ?? []), ...sites.hosts],
      origins: ctx.reach?.origins ?? [],
      limits: ctx.limits,
      ...(ctx.overloaded ? { overloaded: ctx.overloaded } : {}),
      answer: async (request) =>
        cors?.preflight(request) ?? cors?.onto(request, await respond(request)) ?? respond(request),
      ...(ready ? { ready } : {}),
      answered: (exchange: Answered) => {
        for (const told of answered) told(exchange);
      },
      log: ctx.log,
    });
  },
};
