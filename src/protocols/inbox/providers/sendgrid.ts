/** SendGrid's `POST /v3/mail/send`: a message for each personalization. */
import type { Json } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import { jsonText } from '../../shared/http/json.ts';
import type { Route } from '../../shared/http/route.ts';
import { bodyOf } from '../api/choice.ts';
import { type Body, sendLetters } from '../api/send.ts';
import type { Desk } from '../inbox.ts';
import { addressText, fields, listOf } from './written.ts';

/** As many as SendGrid takes: personalizations, octets of the substitutions of one, octets of a text. */
const PERSONALIZATIONS = 1000;
const SUBSTITUTIONS = 10_000;
const TEXT = 30 * 1024 * 1024;

export function sendgridRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v3/mail/send',
      safe: false,
      handle: async (request) => {
        const body = await bodyOf(request);
        const to = listOf(body.personalizations);
        if (to.length === 0) throw new CsError('CS_INPUT', 'there are no personalizations');
        if (to.length > PERSONALIZATIONS)
          throw new CsError('CS_LIMIT', `more than ${PERSONALIZATIONS} personalizations`);
        const letters = to.map((one) => letterOf(body, fields(one)));
        const last = (await sendLetters(desk, request, letters)).at(-1);
        return { status: 202, headers: { 'X-Message-Id': last?.id ?? '' }, body: '' };
      },
    },
  ];
}

function letterOf(body: Body, one: Body): Body {
  const written = (value: Json | undefined): string => addressText(value, 'email', 'name');
  const several = (value: Json | undefined): readonly string[] => listOf(value).map(written);
  const content = listOf(body.content).map(fields);
  const filled = (value: string): string => substituted(value, fields(one.substitutions));
  const part = (type: string): string | undefined => {
    const found = content.find((each) => each.type === type)?.value;
    return found === undefined ? undefined : filled(jsonText(found, 'content'));
  };
  const [text, html] = [part('text/plain'), part('text/html')];
  return {
    from: written(one.from ?? body.from),
    to: several(one.to),
    cc: several(one.cc),
    bcc: several(one.bcc),
    reply_to: several(body.reply_to_list ?? body.reply_to),
    subject: filled(jsonText(one.subject ?? body.subject ?? '', 'subject')),
    headers: { ...fields(body.headers), ...fields(one.headers) } as Json,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments: listOf(body.attachments)
      .map(fields)
      .map((file) => ({
        name: file.filename ?? '',
        base64: file.content ?? '',
        ...(file.type ? { type: file.type } : {}),
        ...(file.content_id ? { content_id: file.content_id } : {}),
      })),
  };
}

/** Each tag where it stands in the text; what is put in is not looked through again. Throws `CS_LIMIT`. */
function substituted(text: string, words: Body): string {
  const values = new Map(Object.entries(words).map(([tag, value]) => [tag, jsonText(value, tag)] as const));
  values.delete('');
  if (values.size === 0) return text;
  let left = SUBSTITUTIONS;
  for (const [tag, value] of values) left -= tag.length + value.length;
  if (left < 0) throw new CsError('CS_LIMIT', `more than ${SUBSTITUTIONS} octets of substitutions`);
  // Of two tags that begin alike, the longer one.
  const tags = [...values.keys()]
    .sort((a, b) => b.length - a.length)
    .map((tag) => tag.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  let room = TEXT - text.length;
  return text.replace(new RegExp(tags.join('|'), 'g'), (tag) => {
    const value = values.get(tag)!;
    room -= value.length - tag.length;
    if (room < 0) throw new CsError('CS_LIMIT', `a text of more than ${TEXT} octets`);
    return value;
  });
}
