/** Amazon SES v2 `SendEmail`: simple messages, and raw ones. Templates are the provider's own, and are not here. */
import type { Json } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';
import { bodyOf } from '../api/choice.ts';
import { type Body, sendLetter, sendRaw } from '../api/send.ts';
import type { Desk } from '../inbox.ts';
import { headerValue } from '../model/header-lines.ts';
import { takenApart } from '../model/message.ts';
import { fields, listOf, namedFields, separated } from './written.ts';

export function sesRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v2/email/outbound-emails',
      safe: false,
      handle: async (request) => {
        const body = await bodyOf(request);
        const content = fields(body.Content);
        const raw = fields(content.Raw).Data;
        if (typeof raw === 'string') {
          const octets = Buffer.from(raw, 'base64');
          const { from, to } = envelopeOf(body, octets);
          return jsonReply({ MessageId: (await sendRaw(desk, request, from, to, octets)).id });
        }
        if (content.Simple === undefined) throw new CsError('CS_INPUT', 'Content has neither Simple nor Raw');
        return jsonReply({ MessageId: (await sendLetter(desk, request, letterOf(body, fields(content.Simple)))).id });
      },
    },
  ];
}

/** What the call leaves out stands in the message. */
function envelopeOf(body: Body, octets: Uint8Array): { from: string; to: readonly string[] } {
  const { headers } = takenApart(octets);
  const { ToAddresses, CcAddresses, BccAddresses } = fields(body.Destination);
  const given = [ToAddresses, CcAddresses, BccAddresses].flatMap(separated);
  const written = ['to', 'cc', 'bcc'].flatMap((name) => separated(headerValue(headers, name)));
  const from = typeof body.FromEmailAddress === 'string' ? body.FromEmailAddress : headerValue(headers, 'from');
  return { from, to: given.length > 0 ? given : written };
}

function letterOf(body: Body, simple: Body): Body {
  const { ToAddresses, CcAddresses, BccAddresses } = fields(body.Destination);
  const data = (value: Json | undefined): Json | undefined => fields(value).Data;
  const { Text, Html } = fields(simple.Body);
  return {
    from: body.FromEmailAddress ?? '',
    to: separated(ToAddresses),
    cc: separated(CcAddresses),
    bcc: separated(BccAddresses),
    reply_to: separated(body.ReplyToAddresses),
    subject: data(simple.Subject) ?? '',
    headers: namedFields(simple.Headers) as Json,
    ...(Text === undefined ? {} : { text: data(Text) ?? '' }),
    ...(Html === undefined ? {} : { html: data(Html) ?? '' }),
    attachments: listOf(simple.Attachments)
      .map(fields)
      .map((file) => ({
        name: file.FileName ?? '',
        base64: file.RawContent ?? '',
        ...(file.ContentType ? { type: file.ContentType } : {}),
        ...(file.ContentId ? { content_id: file.ContentId } : {}),
      })),
  };
}
