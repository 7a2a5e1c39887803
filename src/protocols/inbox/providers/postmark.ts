/** Postmark's `POST /email` and `POST /email/batch`. */
import type { Json } from '../../../contracts/journal.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { jsonText } from '../../shared/http/json.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import { type Body, sendLetter } from '../api/send.ts';
import type { Desk } from '../inbox.ts';
import { fields, listOf, namedFields, separated } from './written.ts';

const BATCH = 500;
/** Postmark's own number for a request that makes no sense. */
const INVALID = 300;

export function postmarkRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/email',
      safe: false,
      handle: async (request) => {
        const told = await sent(desk, request, fields(await request.json()));
        return jsonReply(told, fields(told).ErrorCode === 0 ? 200 : 422);
      },
    },
    {
      method: 'POST',
      path: '/email/batch',
      safe: false,
      handle: async (request) => {
        const letters = listOf(await request.json());
        if (letters.length > BATCH) throw new CsError('CS_LIMIT', `more than ${BATCH} messages`);
        const told: Json[] = [];
        for (const letter of letters) told.push(await sent(desk, request, fields(letter)));
        return jsonReply(told);
      },
    },
  ];
}

async function sent(desk: Desk, request: HttpRequest, body: Body): Promise<Json> {
  try {
    const { id } = await sendLetter(desk, request, letterOf(body));
    const SubmittedAt = new Date().toISOString();
    return { To: body.To ?? '', SubmittedAt, MessageID: id, ErrorCode: 0, Message: 'OK' };
  } catch (error) {
    const { code, message } = asCsError(error);
    if (code !== 'CS_INPUT' && code !== 'CS_LIMIT') throw error;
    return { ErrorCode: INVALID, Message: message };
  }
}

function letterOf(body: Body): Body {
  return {
    from: body.From ?? '',
    to: separated(body.To),
    cc: separated(body.Cc),
    bcc: separated(body.Bcc),
    reply_to: separated(body.ReplyTo),
    subject: body.Subject ?? '',
    headers: namedFields(body.Headers) as Json,
    ...(body.TextBody ? { text: body.TextBody } : {}),
    ...(body.HtmlBody ? { html: body.HtmlBody } : {}),
    attachments: listOf(body.Attachments)
      .map(fields)
      .map((file) => ({
        name: file.Name ?? '',
        base64: file.Content ?? '',
        ...(file.ContentType ? { type: file.ContentType } : {}),
        ...(file.ContentID ? { content_id: jsonText(file.ContentID, 'ContentID').replace(/^cid:/, '') } : {}),
      })),
  };
}
