/** The way of a request: who it is, whether it is only kept, what it wants of the tree, and who may read the answer. */
import { performance } from 'node:perf_hooks';
import type { Connection } from '../../contracts/connection.ts';
import type { FileTree } from '../../contracts/files.ts';
import type { ReadySource } from '../shared/http/fast-path.ts';
import { challenged, Logins } from '../shared/http/login/logins.ts';
import type { Reply } from '../shared/http/reply.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import { type Capture, captureOf } from './capture/capture.ts';
import { noteRefused } from './capture/refused.ts';
import { type Cors, corsOf } from './cors.ts';
import { directoryHandler } from './listing/handler.ts';
import type { MetricsPlace } from './metrics/handler.ts';
import type { WebContext } from './server.ts';
import type { Sites } from './sites.ts';
import { errorReply } from './static/error-page.ts';
import { FileMemory } from './static/memory.ts';
import { readyFiles } from './static/ready.ts';
import { staticRules } from './static/rules.ts';
import { type StaticRules, staticHandler } from './static/static.ts';
import { distrusted } from './upload/distrust.ts';
import { uploadMethods, uploadOffer } from './upload/methods.ts';
import { MethodTable, namesOf, type WebRequest } from './web-request.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Answering {
  readonly #ctx: WebContext;
  readonly #sites: Sites;
  readonly #everybody: FileTree;
  readonly #rules: StaticRules;
  readonly #memory: FileMemory;
  readonly #table: MethodTable;
  readonly #logins: Logins;
  readonly #capture: Capture;
  readonly #cors: Cors | undefined;
  readonly #metrics: MetricsPlace | undefined;
  readonly #sessions = new WeakMap<Connection, { readonly user: string; readonly tree: FileTree }>();

  constructor(ctx: WebContext, sites: Sites, metrics: MetricsPlace | undefined) {
    const { services, options, server } = ctx;
    const origins = ctx.reach?.origins ?? [];
    this.#ctx = ctx;
    this.#sites = sites;
    this.#everybody = services.files.of({ user: '', server: server.id, conn: '' });
    const distrust = this.#everybody.write !== undefined && !options.trustUploads;
    this.#rules = { ...staticRules(options, origins), ...(distrust ? { further: distrusted } : {}) };
    this.#memory = new FileMemory(this.#everybody, this.#rules, { octets: options.memory, recheck: options.recheck });
    this.#metrics = metrics;
    this.#table = this.#methods();
    this.#logins = new Logins({
      accounts: services.accounts,
      protocol: 'http',
      server: server.id,
      plain: ctx.tls === 'off',
    });
    this.#capture = captureOf(options.capture);
    this.#cors = corsOf(origins);
  }

  #methods(): MethodTable {
    const { listing, maxUpload } = this.#ctx.options;
    return new MethodTable(
      [
        ...uploadMethods(maxUpload, this.#ctx.siblings),
        ...(this.#metrics ? [{ method: 'GET', handle: this.#metrics.handle }] : []),
        { method: 'GET', handle: staticHandler(this.#rules, this.#memory) },
        ...(listing === 'off' ? [] : [{ method: 'GET', handle: directoryHandler }]),
      ],
      uploadOffer(maxUpload),
    );
  }

  /** What stands ready of files in memory. What asks who it is, is kept, or is counted, has nothing ready. */
  ready(): ReadySource | undefined {
    if (this.#ctx.options.fastPath === 'off' || this.#ctx.services.accounts.mode === 'required') return undefined;
    const files = readyFiles(this.#everybody, this.#memory, this.#sites);
    const [capture, metrics] = [this.#capture, this.#metrics];
    return (request, now) => {
      if (capture.covers(request.path) || metrics?.covers(request.path)) return undefined;
      return files(request, now);
    };
  }

  async answer(request: HttpRequest): Promise<Reply> {
    const preflight = this.#cors?.preflight(request);
    if (preflight) return preflight;
    const reply = await this.#respond(request);
    return this.#cors ? this.#cors.onto(request, reply) : reply;
  }

  async #respond(request: HttpRequest): Promise<Reply> {
    const user = await this.#logins.user(request);
    request.conn.user = user === '' ? undefined : user;
    // Of this request: over HTTP/2 the connection has several at once.
    Object.assign(request, { user });
    const captured = await this.#capture.answer(request, this.#ctx.options.maxUpload);
    if (captured) return captured;
    let web: WebRequest | undefined;
    try {
      web = this.#webRequest(request, user);
      const reply = await this.#table.answer(web);
      if (!READING.has(request.method)) this.#memory.doubt(performance.now());
      return reply;
    } catch (thrown) {
      await noteRefused(request, thrown);
      const error = challenged(thrown);
      if (web === undefined) throw error;
      return errorReply(web, error, this.#rules);
    }
  }

  /** One for a connection, as for any other protocol: what is asked of a session (`--file-rate`) is asked of all its requests. */
  #treeOf(conn: Connection, user: string): FileTree {
    let session = this.#sessions.get(conn);
    if (session?.user !== user) {
      const { services, server } = this.#ctx;
      session = { user, tree: services.files.of({ user, server: server.id, conn: conn.id }) };
      this.#sessions.set(conn, session);
    }
    return session.tree;
  }

  #webRequest(request: HttpRequest, user: string): WebRequest {
    const tree = this.#treeOf(request.conn, user);
    const home = this.#sites.home(request.authority.host);
    return Object.assign(request, { tree, home, user, name: namesOf(home, request) });
  }
}
