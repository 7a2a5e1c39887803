/** From an admitted request to its answer, whatever version of HTTP it came by. */
import type { Connection } from '../../../contracts/connection.ts';
import type { Log } from '../../../contracts/store.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { endsConnection } from './admission.ts';
import { statusOf } from './refusal.ts';
import { failureReply, type Reply } from './reply.ts';
import type { AdmittedRequest } from './request.ts';
import type { HttpRequest, RouteTable } from './route.ts';

export interface AnsweringConfig {
  readonly answer?: (request: HttpRequest) => Promise<Reply> | Reply;
  readonly gate?: (request: HttpRequest) => void | Promise<void>;
  readonly overloaded?: () => boolean;
  readonly log: Log;
}

export interface Made {
  readonly reply: Reply;
  /** Nothing may follow it. */
  readonly ends: boolean;
}

export class Answering {
  readonly #config: AnsweringConfig;
  readonly #routes: RouteTable;

  constructor(config: AnsweringConfig, routes: RouteTable) {
    this.#config = config;
    this.#routes = routes;
  }

  async make(request: AdmittedRequest): Promise<Made> {
    try {
      return { reply: await this.#reply(request), ends: false };
    } catch (error) {
      return this.failure(error, request.conn, request);
    }
  }

  /** @param asked what its client leaves by leaving: what fails because he has gone is nobody's fault */
  failure(thrown: unknown, conn: Connection, asked: { readonly signal: AbortSignal } = conn): Made {
    const error = asCsError(thrown);
    const status = statusOf(error);
    if (status === 500 && !conn.signal.aborted && !asked.signal.aborted)
      this.#config.log('error', 'http.failed', { conn: conn.id, code: error.code, reason: error.message });
    return { reply: failureReply(error), ends: endsConnection(status) || status === 503 };
  }

  async #reply(request: AdmittedRequest): Promise<Reply> {
    const { overloaded, gate, answer } = this.#config;
    if (overloaded?.()) throw new CsError('CS_BUSY', 'too much to do at the moment');
    if (gate) await gate(request);
    if (answer) return answer(request);
    const { route, params } = this.#routes.find(request.method, request.path);
    request.params = params;
    return route.handle(request);
  }
}
