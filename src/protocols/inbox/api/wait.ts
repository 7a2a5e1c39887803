/** Blocks until mail comes that is meant: `cs wait mail` as a long poll, by the same matcher. */
import type { Json } from '../../../contracts/journal.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { parseDuration } from '../../../kit/units.ts';
import { awaitedMail } from '../../../waiting/awaited-mail.ts';
import { MailMatcher } from '../../../waiting/mail-match.ts';
import { type Awaiting, type Match, waitFor } from '../../../waiting/waiting.ts';
import { jsonText } from '../../shared/http/json.ts';
import { challenge } from '../../shared/http/login/logins.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import { concerns, EVERYTHING } from '../model/inboxes.ts';
import { bodyOf } from './choice.ts';
import { numberOf } from './list.ts';

const TIMEOUT = '30s';
const LONGEST = 5 * 60_000;

export function waitRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/wait',
      safe: true,
      handle: (request) => wait(desk, request, (name) => request.query.getAll(name), false),
    },
    // To claim is to take it from others, so it is no GET.
    {
      method: 'POST',
      path: '/api/wait',
      safe: false,
      handle: async (request) => {
        const body = await bodyOf(request);
        return wait(desk, request, (name) => textsOf(body[name]), body.claim === true);
      },
    },
  ];
}

type Given = (name: string) => readonly string[];

function textsOf(value: Json | undefined): readonly string[] {
  const values = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return values.map((one) => jsonText(one, 'what is waited for'));
}

async function wait(desk: Desk, request: HttpRequest, given: Given, claim: boolean): Promise<Reply> {
  const owner = await desk.access.owner(request);
  const { life } = await desk.access.principal(request);
  const one = (name: string): string | undefined => given(name)[0];
  const matcher = new MailMatcher({
    to: one('to'),
    from: one('from'),
    subject: one('subject'),
    body: one('body'),
    header: given('header'),
    extract: one('extract'),
  });
  const { journal, mail } = desk.ctx.services;
  const awaited = {
    ...awaitedMail(matcher, await mail.of(EVERYTHING)),
    ignores: (fact: Parameters<typeof concerns>[0]) => !concerns(fact, owner),
  };
  const timeout = Math.min(parseDuration(one('timeout') ?? TIMEOUT), LONGEST);
  const order = {
    after: numberOf(one('after') ?? null, 'after') ?? 0,
    claim,
    count: numberOf(one('count') ?? null, 'count'),
    silence: undefined,
    timeout,
    signal: AbortSignal.any([request.signal, request.conn.draining, ...(life ? [life] : [])]),
  };
  // Reading is no claim, not even a note of one.
  const looked: Awaiting = {
    since: (cursor, events, signal) => journal.since(cursor, events, signal),
    mark: () => journal.mark(),
    claim: (cursor, exclusive) => (claim ? journal.claim(cursor, exclusive) : Promise.resolve(true)),
  };
  try {
    const matches = await waitFor(looked, awaited, order);
    return jsonReply({ schema: 'cs.wait/1', kind: 'mail', matched: matches.length, messages: matches.map(matchJson) });
  } catch (thrown) {
    if (life?.aborted) throw challenge('this inbox is gone');
    return missed(thrown);
  }
}

/** Nothing came: what did come is half the answer. */
function missed(thrown: unknown): Reply {
  const error = asCsError(thrown);
  if (error.code !== 'CS_TIMEOUT' && error.code !== 'CS_ASSERTION') {
    throw error.code === 'CS_FAILED' ? new CsError('CS_BUSY', 'the server is ending') : error;
  }
  return jsonReply({ schema: 'cs.error/1', code: error.code, message: error.message, hint: null }, 404);
}

function matchJson({ fact, extracted }: Match): Json {
  const { event: _event, ts, owners: _owners, ...facts } = fact;
  return { ...facts, received_at: ts, extracted: extracted ?? null } as Json;
}
