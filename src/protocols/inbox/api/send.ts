/** Mail that is written here: it goes the way of all mail, by the same delivery as what comes by SMTP. */
import type { Draft, Receipt } from '../../../contracts/delivery.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { parseAddress } from '../../../kit/address.ts';
import { CsError } from '../../../kit/errors.ts';
import { normaliseLines } from '../../../kit/line-ends.ts';
import { addressTexts, mailAddress } from '../../../kit/mime/address-text.ts';
import { jsonText } from '../../shared/http/json.ts';
import { jsonReply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { bodyOf } from './choice.ts';

const RECIPIENTS = 100;
const ATTACHMENTS = 100;

export function sendRoutes(desk: Desk): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api/messages',
      safe: false,
      handle: async (request) => {
        const { id, size } = await sendLetter(desk, request, await bodyOf(request));
        return jsonReply({ schema: 'cs.sent/1', id, size }, 201);
      },
    },
    {
      method: 'POST',
      path: '/api/messages/:id/release',
      safe: false,
      handle: async (request) => {
        const catalogue = await desk.access.open(request);
        const entry = catalogue.get(request.params.get('id') ?? '');
        const { to, from } = await bodyOf(request);
        const { id, size } = await release(desk, request, catalogue, entry, { to, from });
        return jsonReply({ schema: 'cs.released/1', id, size }, 202);
      },
    },
  ];
}

/** A letter as JSON has it, composed and delivered. Throws `CS_INPUT` before anything is made of it. */
export async function sendLetter(desk: Desk, request: HttpRequest, body: Body): Promise<Receipt> {
  const [receipt] = await sendLetters(desk, request, [body]);
  return receipt!;
}

/** Several in one request: all of them are looked at before the first is sent. */
export async function sendLetters(desk: Desk, request: HttpRequest, bodies: readonly Body[]): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (const letter of bodies.map(readLetter)) {
    receipts.push(await handOver(desk, request, letter.envelope, await composed(letter)));
  }
  return receipts;
}

/** A message that somebody else has composed. */
export async function sendRaw(
  desk: Desk,
  request: HttpRequest,
  from: string,
  to: readonly string[],
  raw: Uint8Array,
): Promise<Receipt> {
  if (to.length === 0) throw new CsError('CS_INPUT', 'to whom?');
  if (to.length > RECIPIENTS) throw new CsError('CS_LIMIT', `more than ${RECIPIENTS} recipients`);
  const envelope = { from: bare(text(from, 'from'), 'from'), to: to.map((one) => bare(text(one, 'to'), 'to')) };
  return handOver(desk, request, envelope, Buffer.from(normaliseLines(raw)));
}

async function handOver(
  desk: Desk,
  request: HttpRequest,
  { from, to }: Letter['envelope'],
  raw: Uint8Array,
): Promise<Receipt> {
  const user = await desk.access.user(request);
  const draft = await desk.ctx.services.delivery.open({
    from,
    to: to.map((address) => ({ address })),
    session: sessionOf(desk, request, user),
  });
  return filled(draft, [raw]);
}

/** A message that was captured goes out after all. @param body whereto, and from whom, if otherwise than it came. Throws 403 for a lent inbox, whose mail stays */
export async function release(
  desk: Desk,
  request: HttpRequest,
  catalogue: Catalogue,
  entry: MailEntry,
  { to, from }: Body,
): Promise<Receipt> {
  await desk.access.unconfined(request);
  const recipients = addresses(to ?? entry.envelope.to, 'to');
  if (recipients.length === 0) throw new CsError('CS_INPUT', 'to whom?');
  const sender = from === undefined ? entry.envelope.from : bare(text(from, 'from'), 'from');
  const draft = await desk.ctx.services.release.open({
    from: sender,
    to: recipients.map((address) => ({ address: bare(address, 'to') })),
  });
  return filled(draft, catalogue.mail.read(catalogue.name, entry.uid));
}

async function filled(draft: Draft, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Receipt> {
  try {
    for await (const chunk of chunks) await draft.write(chunk);
    return await draft.commit();
  } catch (error) {
    await draft.abort();
    throw error;
  }
}

function sessionOf({ ctx }: Desk, { conn }: HttpRequest, user: string) {
  return {
    server: ctx.server.id,
    conn: conn.id,
    with: 'HTTP',
    helo: 'inbox',
    address: conn.peer.address,
    user: user === '' ? undefined : user,
    secure: conn.secure,
  };
}

interface Letter {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly fields: Readonly<Record<'from' | 'to' | 'cc' | 'subject', string>> & {
    readonly inReplyTo: string | undefined;
    readonly replyTo: string | undefined;
  };
  /** Further fields, names as written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: Buffer;
    /** Shown inside the HTML by this name. */
    readonly cid: string | undefined;
  }[];
}

export type Body = { readonly [key: string]: Json | undefined };

/** Everything is looked at before anything is made of it; a line end in a field would begin another one (trust.md CL-07). */
function readLetter(body: Body): Letter {
  const from = text(body.from, 'from');
  const [to, cc, bcc] = [addresses(body.to, 'to'), addresses(body.cc, 'cc'), addresses(body.bcc, 'bcc')];
  const all = [...to, ...cc, ...bcc].map((one) => bare(one, 'to'));
  if (all.length === 0) throw new CsError('CS_INPUT', 'to whom?');
  if (all.length > RECIPIENTS) throw new CsError('CS_LIMIT', `more than ${RECIPIENTS} recipients`);
  const inReplyTo = body.in_reply_to === undefined ? undefined : text(body.in_reply_to, 'in_reply_to');
  return {
    envelope: { from: bare(from, 'from'), to: all },
    fields: {
      from,
      to: to.join(', '),
      cc: cc.join(', '),
      subject: text(body.subject ?? '', 'subject'),
      inReplyTo: inReplyTo === '' ? undefined : inReplyTo,
      replyTo: addresses(body.reply_to, 'reply_to').join(', ') || undefined,
    },
    headers: furtherFields(body.headers),
    text: body.text === undefined ? undefined : jsonText(body.text, 'text'),
    html: body.html === undefined ? undefined : jsonText(body.html, 'html'),
    attachments: attachments(body.attachments),
  };
}

function text(value: Json | undefined, name: string): string {
  if (typeof value !== 'string' || /[\u0000-\u001f\u007f]/.test(value))
    throw new CsError('CS_INPUT', `${name} is not one line of text`);
  return value;
}

function addresses(value: Json | undefined, name: string): readonly string[] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => addressTexts(text(one as Json, name)));
}

/** `Ann <ann@x.test>` → `ann@x.test`; several are none. */
function bare(written: string, name: string): string {
  const { address } = mailAddress(written);
  if (addressTexts(written, 2).length !== 1 || parseAddress(address) === undefined) {
    throw new CsError('CS_INPUT', `${name} is not an address: ${JSON.stringify(written.slice(0, 100))}`);
  }
  return address;
}

function attachments(value: Json | undefined): Letter['attachments'] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > ATTACHMENTS) {
    throw new CsError('CS_INPUT', `attachments is not a list of at most ${ATTACHMENTS}`);
  }
  return value.map((one) => {
    const { name, type, base64, content_id: cid } = (one ?? {}) as Body;
    return {
      filename: text(name, 'the attachment’s name'),
      contentType: text(type ?? 'application/octet-stream', 'the attachment’s type'),
      content: Buffer.from(text(base64, 'the attachment’s content'), 'base64'),
      cid: cid === undefined || cid === '' ? undefined : text(cid, 'the attachment’s content id'),
    };
  });
}

/** Names that are fields of their own already, or would change what the message is. */
const RESERVED =
  /^(?:from|to|cc|bcc|subject|date|message-id|reply-to|in-reply-to|references|sender|mime-version|content-.*|received|return-path)$/i;

function furtherFields(value: Json | undefined): Letter['headers'] {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new CsError('CS_INPUT', 'headers is not an object');
  const entries = Object.entries(value);
  if (entries.length > 100) throw new CsError('CS_LIMIT', 'more than 100 headers');
  for (const [name, content] of entries) {
    if (!/^[!-9;-~]{1,100}$/.test(name) || RESERVED.test(name)) {
      throw new CsError('CS_INPUT', `not a further header: ${JSON.stringify(name.slice(0, 100))}`);
    }
    text(content, name);
  }
  return Object.fromEntries(entries) as Letter['headers'];
}

async function composed({ fields, headers, text: plain, html, attachments: files }: Letter): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const node = new MailComposer({
    ...fields,
    headers,
    references: fields.inReplyTo,
    text: plain ?? (html === undefined ? '' : undefined),
    html,
    attachments: [...files],
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
  });
  return Buffer.from(normaliseLines(await node.compile().build()));
}
