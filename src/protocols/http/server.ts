import type { ServerContext, ServerEnd } from '../../contracts/protocol.ts';
import type { Answered } from '../shared/http/answered.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import { createHttp } from '../shared/http/server.ts';
import { directoryHandler } from './listing/handler.ts';
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

/** Files of a tree over HTTP. What it can do stands in one table; what is told of it, in one list. */
export const server: ServerEnd<Needs, typeof options> = {
  async open(ctx) {
    const rules = staticRules(ctx.options);
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
    const webRequest = (request: HttpRequest): WebRequest => {
      const user = request.conn.user ?? '';
      const tree = ctx.services.files.of({ user, server: ctx.server.id, conn: request.conn.id });
      const home = sites.home(request.authority.host);
      return Object.assign(request, { tree, home, user, name: namesOf(home, request) });
    };
    return createHttp({
      hosts: [...(ctx.reach?.hosts ?? []), ...sites.hosts],
      origins: ctx.reach?.origins ?? [],
      limits: ctx.limits,
      ...(ctx.overloaded ? { overloaded: ctx.overloaded } : {}),
      answer: async (request) => {
        const web = webRequest(request);
        try {
          return await table.answer(web);
        } catch (error) {
          return errorReply(web, error, rules);
        }
      },
      ...(ctx.options.fastPath === 'on' ? { ready: readyFiles(everybody, memory, sites) } : {}),
      answered: (exchange: Answered) => {
        for (const told of answered) told(exchange);
      },
      log: ctx.log,
    });
  },
};
