/** An inbox of its own for a test: made, looked at, given more time, ended. */
import type { Json } from '../../../contracts/journal.ts';
import type { LentInbox } from '../../../contracts/lent.ts';
import { CsError } from '../../../kit/errors.ts';
import { parseDuration, parseSize } from '../../../kit/units.ts';
import { originOf } from '../../shared/http/authority.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import { bodyOf } from './choice.ts';

export function lendingRoutes(desk: Desk): readonly Route[] {
  const lent = () => desk.ctx.services.lent;
  return [
    {
      method: 'POST',
      path: '/api/inboxes',
      safe: false,
      handle: async (request) => {
        const { user: by } = await desk.access.unconfined(request);
        const { name, domain, ttl, quota } = await bodyOf(request);
        const { inbox, token } = await lent().lend({
          ...(name === undefined ? {} : { name: text(name, 'name') }),
          ...(domain === undefined ? {} : { domain: text(domain, 'domain') }),
          ...(ttl === undefined ? {} : { ttl: parseDuration(text(ttl, 'ttl')) }),
          quota: quotaOf(quota),
          by,
        });
        const shown = token.reveal();
        const place = originOf(request.conn.secure ? 'https' : 'http', request.authority);
        const login = { user: inbox.name, password: shown, token: shown, url: `${place}/?token=${shown}` };
        return jsonReply({ ...inboxJson(inbox), ...login }, 201);
      },
    },
    {
      method: 'GET',
      path: '/api/inboxes/:name',
      safe: true,
      handle: async (request) => jsonReply(inboxJson(await own(desk, request))),
    },
    {
      method: 'PATCH',
      path: '/api/inboxes/:name',
      safe: false,
      handle: async (request) => {
        const { name } = await own(desk, request);
        const { ttl } = await bodyOf(request);
        return jsonReply(inboxJson(await lent().prolong(name, parseDuration(text(ttl, 'ttl')))));
      },
    },
    {
      method: 'DELETE',
      path: '/api/inboxes/:name',
      safe: false,
      handle: async (request) => {
        const { name } = await own(desk, request);
        return jsonReply({ schema: 'cs.inbox_ended/1', name, removed: await lent().end(name) });
      },
    },
  ];
}

/** By its token, by the account that asked for it, and by anybody where nobody needs to log in. To others it is not there. */
async function own({ access, ctx }: Desk, request: HttpRequest): Promise<LentInbox> {
  const { user, confined } = await access.principal(request);
  const inbox = await ctx.services.lent.find(request.params.get('name') ?? '');
  const may = user === '' || user === inbox?.name || (!confined && user === inbox?.by);
  if (!inbox || !may) throw new CsError('CS_NOT_FOUND', 'no such inbox is lent');
  return inbox;
}

function inboxJson({ name, address, createdAt, expiresAt, ttl, quota }: LentInbox) {
  return {
    schema: 'cs.inbox/1',
    name,
    address,
    created_at: createdAt,
    expires_at: expiresAt,
    ttl_ms: ttl,
    quota: { messages: quota.messages ?? null, bytes: quota.bytes ?? null },
  };
}

function text(value: Json | undefined, name: string): string {
  if (typeof value !== 'string') throw new CsError('CS_INPUT', `${name} is not a text`);
  return value;
}

/** `{"messages": 100, "bytes": "10m"}`. */
function quotaOf(value: Json | undefined): LentInbox['quota'] {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new CsError('CS_INPUT', 'quota is not an object');
  const { messages, bytes } = value as { readonly [key: string]: Json | undefined };
  const octets = typeof bytes === 'string' ? parseSize(bytes) : bytes;
  return {
    ...(messages === undefined || messages === null ? {} : { messages: whole(messages, 'messages') }),
    ...(octets === undefined || octets === null ? {} : { bytes: whole(octets, 'bytes') }),
  };
}

function whole(value: Json, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new CsError('CS_INPUT', `${name} is not a whole number`);
}
