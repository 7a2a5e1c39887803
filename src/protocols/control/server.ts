import type { ServerContext, ServerEnd } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import { HttpRefusal } from '../shared/http/refusal.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import { createHttp } from '../shared/http/server.ts';
import type { options } from './options.ts';
import { routes } from './routes.ts';
import { isToken } from './token.ts';

type Needs = 'journal' | 'mail' | 'queue' | 'files' | 'instance';
type Context = ServerContext<Needs, typeof options>;

/** The control API: by its 0600 Unix socket for this user, over TCP for who shows the token. */
export const server: ServerEnd<Needs, typeof options> = {
  async open(ctx: Context) {
    return createHttp({
      hosts: [],
      origins: [],
      routes: routes(ctx.services),
      limits: ctx.limits,
      gate: (request) => checkToken(request, ctx.options.token),
      log: ctx.log,
    });
  },
};

const ASK = { 'WWW-Authenticate': 'Bearer' };

function checkToken(request: HttpRequest, hash: string | undefined): void {
  const { conn } = request;
  if (conn.peer.unix) return;
  if (hash === undefined) throw new CsError('CS_UNSAFE', 'the control API is reached by its Unix socket only');
  const [, shown] = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/.exec(request.header('authorization') ?? '') ?? [];
  if (shown === undefined)
    throw new HttpRefusal(401, 'a bearer token is needed', { headers: ASK, hint: 'CS_TOKEN_FILE' });
  if (!isToken(shown, hash)) throw new HttpRefusal(401, 'the bearer token is wrong', { headers: ASK });
  conn.user = 'control';
}
