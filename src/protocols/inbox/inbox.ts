import type { Handler, ServerContext } from '../../contracts/protocol.ts';
import { Logins } from '../shared/http/login/logins.ts';
import type { Route, UpgradeRoute } from '../shared/http/route.ts';
import { createHttp } from '../shared/http/server.ts';
import { Access } from './access.ts';
import { checkRoutes } from './api/checks.ts';
import { eventSocketRoutes } from './api/event-socket.ts';
import { eventRoutes } from './api/events.ts';
import { healthRoutes } from './api/health.ts';
import { inboxRoutes } from './api/inboxes.ts';
import { lendingRoutes } from './api/lending.ts';
import { listRoutes } from './api/list.ts';
import { messageRoutes } from './api/message.ts';
import { openapiRoutes } from './api/openapi.ts';
import { sendRoutes } from './api/send.ts';
import { stateRoutes } from './api/state.ts';
import { waitRoutes } from './api/wait.ts';
import { Digests } from './model/digest.ts';
import { Inboxes } from './model/inboxes.ts';
import type { options } from './options.ts';
import { pageRoutes } from './page-routes.ts';
import { providerRoutes } from './providers/routes.ts';
import { rivalRoutes } from './rivals/routes.ts';

export type InboxNeeds =
  | 'mail'
  | 'delivery'
  | 'release'
  | 'queue'
  | 'accounts'
  | 'lent'
  | 'journal'
  | 'instance'
  | 'names';
export type InboxContext = ServerContext<InboxNeeds, typeof options>;

/** What the routes stand on. */
export interface Desk {
  readonly ctx: InboxContext;
  readonly access: Access;
  readonly inboxes: Inboxes;
  readonly digests: Digests;
}

export function createInbox(ctx: InboxContext): Handler {
  const { accounts, lent, mail, journal } = ctx.services;
  const inboxes = new Inboxes(mail, journal, ctx.log);
  const plain = ctx.tls === 'off';
  const logins = new Logins({ accounts, protocol: 'inbox', server: ctx.server.id, plain });
  const access = new Access(accounts, logins, inboxes, lent);
  const desk: Desk = { ctx, access, inboxes, digests: new Digests() };
  return createHttp({
    hosts: ctx.reach?.hosts ?? [],
    origins: ctx.reach?.origins ?? [],
    limits: ctx.limits,
    ...(ctx.overloaded ? { overloaded: ctx.overloaded } : {}),
    // Before anything is looked up: a stranger learns no more than that there is a login.
    gate: async (request) => void (await access.user(request)),
    routes: allRoutes(desk),
    log: ctx.log,
  });
}

/** A test asks each of them with the token of one inbox for the mail of another. */
export function allRoutes(desk: Desk): readonly (Route | UpgradeRoute)[] {
  return [...pageRoutes(), ...apiRoutes(desk), ...healthRoutes(desk), ...rivalRoutes(desk), ...providerRoutes(desk)];
}

/** Our own API, all of it: what the OpenAPI document must tell. */
export function apiRoutes(desk: Desk): readonly (Route | UpgradeRoute)[] {
  return [
    ...listRoutes(desk),
    ...messageRoutes(desk),
    ...stateRoutes(desk),
    ...sendRoutes(desk),
    ...waitRoutes(desk),
    ...checkRoutes(desk),
    ...inboxRoutes(desk),
    ...lendingRoutes(desk),
    ...eventRoutes(desk),
    ...eventSocketRoutes(desk),
    ...openapiRoutes(desk.ctx.version),
  ];
}
