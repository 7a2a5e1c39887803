/** SendGrid's `POST /v3/mail/send`: a message for each personalization. */
import type { Json } from '../../../contracts/journal.ts';
import type { Route } from '../../shared/http/route.ts';
import { bodyOf } from '../api/choice.ts';
import { type Body, sendLetter } from '../api/send.ts';
import type { Desk } from '../inbox.ts';
import { addressText, fields, listOf } from './written.ts';

export function sendgridRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v3/mail/send',
      safe: false,
      handle: async (request) => {
        const body = await bodyOf(request);
        let id = '';
        for (const one of listOf(body.personalizations)) {
          id = (await sendLetter(desk, request, letterOf(body, fields(one)))).id;
        }
        return { status: 202, headers: { 'X-Message-Id': id }, body: '' };
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
    return found === undefined ? undefined : filled(String(found));
  };
  const [text, html] = [part('text/plain'), part('text/html')];
  return {
    from: written(one.from ?? body.from),
    to: several(one.to),
    cc: several(one.cc),
    bcc: several(one.bcc),
    reply_to: several(body.reply_to_list ?? body.reply_to),
    subject: filled(String(one.subject ?? body.subject ?? '')),
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

function substituted(text: string, words: Body): string {
  return Object.entries(words).reduce((so, [tag, value]) => so.replaceAll(tag, String(value)), text);
}
