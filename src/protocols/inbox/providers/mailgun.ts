/** Mailgun's `POST /v3/DOMAIN/messages` and `messages.mime`: forms of either kind. */
import type { Json } from '../../../contracts/journal.ts';
import { find, parameter } from '../../../kit/mime/parameters.ts';
import { collect } from '../../shared/http/body.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import { type Body, sendLetter, sendRaw } from '../api/send.ts';
import type { Desk } from '../inbox.ts';
import { takenApart } from '../model/message.ts';
import { separated } from './written.ts';

const FORM = 40 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly file: string | undefined;
  readonly type: string;
  readonly octets: Uint8Array;
}

export function mailgunRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v3/:domain/messages',
      safe: false,
      handle: async (request) => {
        const { id } = await sendLetter(desk, request, letterOf(await form(request)));
        return answer(request, id);
      },
    },
    {
      method: 'POST',
      path: '/v3/:domain/messages.mime',
      safe: false,
      handle: async (request) => {
        const entries = await form(request);
        const raw = entries.find(({ name }) => name === 'message')?.octets;
        if (raw === undefined) throw new HttpRefusal(400, 'the form has no message');
        const to = entries.filter(({ name }) => name === 'to').flatMap((entry) => separated(textOf(entry)));
        const from = takenApart(raw).headers.find(([name]) => name.toLowerCase() === 'from')?.[1] ?? '';
        const { id } = await sendRaw(desk, request, from, to, raw);
        return answer(request, id);
      },
    },
  ];
}

function answer(request: HttpRequest, id: string) {
  return jsonReply({ id: `<${id}@${request.params.get('domain') ?? ''}>`, message: 'Queued. Thank you.' });
}

async function form(request: HttpRequest): Promise<readonly Entry[]> {
  const type = request.header('content-type') ?? '';
  const octets = await collect(request.body(FORM));
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    const fields = new URLSearchParams(Buffer.from(octets).toString('utf8'));
    return [...fields].map(([name, value]) => ({
      name,
      file: undefined,
      type: 'text/plain',
      octets: Buffer.from(value),
    }));
  }
  if (!/^multipart\/form-data\b/i.test(type)) throw new HttpRefusal(415, 'a form is needed');
  // A form of several parts is a message of several parts (RFC 7578).
  const message = Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n\r\n`, 'latin1'), octets]);
  const { parts, content } = takenApart(message);
  return parts.flatMap((part) => {
    const words = part.mime.disposition?.[1] ?? [];
    const name = find(words, 'name');
    const file = parameter(words, 'filename');
    return name === undefined ? [] : [{ name, file, type: part.type, octets: content(part) }];
  });
}

function textOf({ octets }: Entry): string {
  return Buffer.from(octets).toString('utf8');
}

function letterOf(entries: readonly Entry[]): Body {
  const all = (name: string): readonly Entry[] => entries.filter((entry) => entry.name === name);
  const several = (name: string): readonly string[] => all(name).flatMap((entry) => separated(textOf(entry)));
  const one = (name: string): string | undefined => all(name).map(textOf)[0];
  const fields = entries
    .filter(({ name }) => name.startsWith('h:'))
    .map((entry) => [entry.name.slice(2), textOf(entry)]);
  const further = fields.filter(([name]) => name?.toLowerCase() !== 'reply-to');
  const [text, html] = [one('text'), one('html')];
  const file = (entry: Entry): { readonly [key: string]: Json } => ({
    name: entry.file ?? '',
    type: entry.type,
    base64: Buffer.from(entry.octets).toString('base64'),
    ...(entry.name === 'inline' ? { content_id: entry.file ?? '' } : {}),
  });
  return {
    from: one('from') ?? '',
    to: several('to'),
    cc: several('cc'),
    bcc: several('bcc'),
    reply_to: fields.filter(([name]) => name?.toLowerCase() === 'reply-to').map(([, value]) => value!),
    subject: one('subject') ?? '',
    headers: Object.fromEntries(further),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments: [...all('attachment'), ...all('inline')].map(file),
  };
}
