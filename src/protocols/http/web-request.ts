/** What the handlers of this server are given, and the table that finds them. */
import type { FileTree } from '../../contracts/files.ts';
import { type FilePath, filePath } from '../../kit/file-path.ts';
import { HttpRefusal } from '../shared/http/refusal.ts';
import type { Reply } from '../shared/http/reply.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import { found } from './static/locate.ts';

/** A request about a name in a tree. */
export interface WebRequest extends HttpRequest {
  /** As this session may see and change it. */
  readonly tree: FileTree;
  /** What the target names, whether it is there or not. */
  readonly name: FilePath;
  /** The root of the site: where its pages for errors and applications are. */
  readonly home: FilePath;
  /** Canonical account name; '' where none was asked for. */
  readonly user: string;
}

/** Undefined: not mine, ask the next one. */
export type WebHandler = (request: WebRequest) => Promise<Reply | undefined> | Reply | undefined;

export interface WebMethod {
  /** `GET` answers HEAD too. */
  readonly method: string;
  readonly handle: WebHandler;
  /** Whether `Allow` names it here; absent, it always does. */
  readonly offered?: (request: WebRequest) => boolean;
}

/** The flags without which nothing can be changed. */
const OPENED_BY: ReadonlyMap<string, string> = new Map([
  ['PUT', '--write'],
  ['POST', '--write'],
  ['PATCH', '--write'],
  ['DELETE', '--write --delete'],
]);

/** The handlers of each method in the order in which they are asked. */
export class MethodTable {
  readonly #methods = new Map<string, WebMethod[]>();
  readonly #offer: (request: WebRequest) => Readonly<Record<string, string>>;

  /** @param offer what OPTIONS tells beside `Allow` */
  constructor(
    methods: readonly WebMethod[],
    offer: (request: WebRequest) => Readonly<Record<string, string>> = () => ({}),
  ) {
    this.#offer = offer;
    for (const one of methods) {
      const same = this.#methods.get(one.method);
      if (same) same.push(one);
      else this.#methods.set(one.method, [one]);
    }
  }

  /** Throws 405 with `Allow`; 404 where every handler passed. */
  async answer(request: WebRequest): Promise<Reply> {
    const { method } = request;
    const handlers = this.#methods.get(method === 'HEAD' ? 'GET' : method)?.filter((one) => offers(one, request)) ?? [];
    if (handlers.length === 0) {
      if (method !== 'OPTIONS') throw this.#refused(request);
      return { status: 204, headers: { Allow: this.#allowed(request).join(', '), ...this.#offer(request) } };
    }
    for (const { handle } of handlers) {
      const reply = await handle(request);
      if (reply) return reply;
    }
    // Of what is there it is the method that is not possible (RFC 9110 section 15.5.6).
    if (method !== 'GET' && method !== 'HEAD' && (await found(request.tree, request.name)))
      throw this.#refused(request);
    throw new HttpRefusal(404, 'there is nothing here');
  }

  #refused(request: WebRequest): HttpRefusal {
    const { method } = request;
    const allowed = this.#allowed(request).filter((name) => name !== method);
    const hint = OPENED_BY.get(method);
    const missing = method === 'DELETE' ? request.tree.remove : request.tree.write;
    return new HttpRefusal(405, `${method} is not possible here`, {
      ...(missing === undefined && hint !== undefined ? { hint } : {}),
      headers: { Allow: allowed.join(', ') },
    });
  }

  #allowed(request: WebRequest): readonly string[] {
    const names = [...this.#methods.entries()]
      .filter(([, methods]) => methods.some((one) => offers(one, request)))
      .flatMap(([name]) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
    return [...new Set([...names, 'OPTIONS'])];
  }
}

function offers({ offered }: WebMethod, request: WebRequest): boolean {
  return offered === undefined || offered(request);
}

/** The names of a target as names of files; one that no file can have is 404. */
export function namesOf(prefix: FilePath, request: HttpRequest): FilePath {
  try {
    return [...prefix, ...filePath(request.path)];
  } catch {
    throw new HttpRefusal(404, 'there is nothing here');
  }
}
