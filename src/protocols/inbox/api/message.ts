/** One message: taken apart, as it came, and each of its parts. */
import { CsError } from '../../../kit/errors.ts';
import { attachment } from '../../shared/http/content-disposition.ts';
import { octets } from '../../shared/http/octets.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import { type Message, readMessage } from '../model/message.ts';
import { messageJson, originJson, rowJson } from '../wording.ts';

/** Whatever it holds, it is no page of this server and loads nothing. */
const INERT = { 'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'" };

export function messageRoutes(desk: Desk): readonly Route[] {
  const one = async (request: HttpRequest) => {
    const catalogue = await desk.access.open(request);
    return { ...catalogue.get(request.params.get('id') ?? ''), catalogue };
  };
  return [
    {
      method: 'GET',
      path: '/api/messages/:id',
      safe: true,
      handle: async (request) => {
        const { catalogue, ...entry } = await one(request);
        const message = await readMessage(catalogue.mail, catalogue.name, entry.uid);
        await desk.digests.glance(catalogue, [entry]);
        const row = rowJson(entry, desk.digests);
        return jsonReply({ schema: 'cs.message/1', ...row, ...messageJson(message) });
      },
    },
    {
      method: 'GET',
      path: '/api/messages/:id/source',
      safe: true,
      handle: async (request) => {
        const { catalogue, uid, id, size } = await one(request);
        const shown = request.query.get('download') === null;
        const headers: Record<string, string> = shown
          ? { 'Content-Type': 'text/plain; charset=utf-8' }
          : { 'Content-Type': 'message/rfc822', 'Content-Disposition': attachment(`${id}.eml`) };
        return octets(size, { ...headers, ...INERT }, request, (range) =>
          catalogue.mail.read(catalogue.name, uid, range),
        );
      },
    },
    {
      method: 'GET',
      path: '/api/messages/:id/transcript',
      safe: true,
      handle: async (request) => {
        const { catalogue, ...entry } = await one(request);
        const origin = await catalogue.mail.origin?.(catalogue.name, entry.uid);
        return jsonReply({ schema: 'cs.transcript/1', ...originJson(entry, origin) });
      },
    },
    {
      method: 'GET',
      path: '/api/messages/:id/parts/:part',
      safe: true,
      handle: async (request) => {
        const { catalogue, uid } = await one(request);
        const message = await readMessage(catalogue.mail, catalogue.name, uid);
        return partReply(message, request.params.get('part') ?? '');
      },
    },
  ];
}

/** A part's content, to be saved. Throws `CS_NOT_FOUND`. */
export function partReply(message: Message, wanted: string): Reply {
  const part = message.parts.find(({ id }) => id === wanted);
  if (!part) throw new CsError('CS_NOT_FOUND', 'the message has no such part');
  return download(part.type, part.name || `part-${part.id}`, message.content(part));
}

/** Saved, never shown (trust.md HT-32); its name is a suggestion for the saver, its last part only. */
function download(type: string, name: string, content: Uint8Array): Reply {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const safe = last.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').slice(0, 200);
  const headers = { 'Content-Type': type, 'Content-Disposition': attachment(safe || 'part'), ...INERT };
  return { status: 200, headers, body: content };
}
