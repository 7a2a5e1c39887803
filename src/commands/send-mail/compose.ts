/** From flags to a message and its envelope. Everything is read and checked here, before anything is connected. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Attachment, Options as MailOptions } from 'nodemailer/lib/mailer';
import type { Envelope } from '../../contracts/delivery.ts';
import { fieldValues, splitMessage } from '../../kit/dkim/head.ts';
import { type DkimKey, dkimKey, dkimSign } from '../../kit/dkim/sign.ts';
import { CsError } from '../../kit/errors.ts';
import { normaliseLines } from '../../kit/line-ends.ts';
import type { Values } from '../../kit/option.ts';
import { bareAddresses, dsnNotify, recipients } from './addresses.ts';
import { furtherHeaders, retyped } from './further-headers.ts';
import { type FilePart, filePart, type HeaderField, headerField, oneLine, readInput } from './input.ts';
import type { composing, enveloping } from './options.ts';

export type Wishes = Values<typeof composing> & Values<typeof enveloping>;

export interface Message {
  readonly messageId: string | undefined;
  /** With CRLF line ends, signed. */
  readonly bytes: Uint8Array;
}

export interface Composed {
  readonly envelope: Envelope;
  /** The same message again, under a Message-ID of its own; a message that was given as it is stays as it is. */
  next(): Message;
}

export async function compose(wishes: Wishes): Promise<Composed> {
  const written = wishes.eml === undefined ? await build(wishes) : await asItIs(wishes, wishes.eml);
  const signing = await signingKey(wishes, written.author);
  const next = (): Message => {
    const { bytes, messageId } = written.next();
    return { messageId, bytes: signing ? dkimSign(bytes, signing) : bytes };
  };
  const { bytes } = written.next();
  const envelope: Envelope = {
    from: wishes.mailFrom === undefined ? written.author : sender(wishes.mailFrom),
    to: envelopeRecipients(wishes, written.to),
    // A signature is a header more; what is announced is what is sent.
    size: next().bytes.length,
    ...(bytes.some((octet) => octet > 127) ? { body: '8BITMIME' as const } : {}),
    ...(wishes.dsnRet === undefined ? {} : { ret: wishes.dsnRet === 'full' ? ('FULL' as const) : ('HDRS' as const) }),
    ...(wishes.envid === undefined ? {} : { envid: oneLine(wishes.envid, '--envid') }),
  };
  return { envelope, next };
}

interface Written {
  readonly author: string;
  readonly to: readonly string[];
  next(): { readonly messageId: string | undefined; readonly bytes: Buffer };
}

async function build(wishes: Wishes): Promise<Written> {
  const from = oneLine(wishes.from ?? `${userInfo().username}@${hostname()}`, '--from');
  const [author = ''] = bareAddresses(from, '--from');
  const to = [...wishes.to, ...wishes.cc, ...wishes.bcc];
  const token = randomUUID();
  const domain = author.slice(author.lastIndexOf('@') + 1) || 'localhost';
  const fields = wishes.header.map(headerField);
  const own = fields.find(({ key }) => key.toLowerCase() === 'message-id');
  const messageId = own?.value ?? `<${token}@${domain}>`;
  const bytes = await built({ ...(await content(wishes)), from, ...addressed(wishes), headers: fields, messageId });
  const at = own ? -1 : bytes.indexOf(token);
  let first = true;
  return {
    author,
    to: recipients(to, 'a recipient'),
    next() {
      if (first || at === -1) {
        first = false;
        return { messageId, bytes };
      }
      const again = Buffer.from(bytes);
      const id = randomUUID();
      again.write(id, at, 'latin1');
      return { messageId: messageId.replace(token, id), bytes: again };
    },
  };
}

function addressed(wishes: Wishes): Partial<MailOptions> {
  for (const text of [...wishes.to, ...wishes.cc]) oneLine(text, 'a recipient');
  return {
    to: [...wishes.to],
    cc: [...wishes.cc],
    ...(wishes.replyTo === undefined ? {} : { replyTo: oneLine(wishes.replyTo, '--reply-to') }),
  };
}

async function content(wishes: Wishes): Promise<Partial<MailOptions>> {
  const text = wishes.textFile === undefined ? wishes.text : await textOf(wishes.textFile, '--text-file');
  const html = wishes.htmlFile === undefined ? wishes.html : await textOf(wishes.htmlFile, '--html-file');
  const inline = wishes.inline.map((part) => filePart(part, '--inline'));
  if (inline.some(({ cid }) => cid === undefined)) {
    throw new CsError('CS_USAGE', '--inline needs the id that the HTML names it by', { hint: 'FILE;cid=ID' });
  }
  const attached = [...wishes.attach.map((part) => filePart(part, '--attach')), ...inline];
  const empty = text === undefined && html === undefined && attached.length === 0;
  return {
    subject: oneLine(wishes.subject ?? (empty ? 'test' : ''), '--subject'),
    ...(text === undefined && !empty ? {} : { text: text ?? 'This is a test message.\n' }),
    ...(html === undefined ? {} : { html }),
    attachments: await Promise.all(attached.map(attachment)),
  };
}

async function textOf(file: string, flag: string): Promise<string> {
  return (await readInput(file, flag)).toString('utf8');
}

async function attachment({ file, name, type, cid }: FilePart): Promise<Attachment> {
  const { basename } = await import('node:path');
  return {
    content: await readInput(file, 'an attachment'),
    filename: name ?? (file === '-' ? 'stdin' : basename(file)),
    ...(type === undefined ? {} : { contentType: type }),
    ...(cid === undefined ? {} : { cid, contentDisposition: 'inline' as const }),
  };
}

async function built(mail: MailOptions & { headers: readonly HeaderField[] }): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const { named, others, type } = furtherHeaders(mail.headers);
  const composer = new MailComposer({
    ...mail,
    ...named,
    headers: [...others],
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return retyped(Buffer.from(normaliseLines(await composer.compile().build())), type);
}

/** What would be written into a message; one that is sent as it is has no place for it. */
const WRITING = ['subject', 'text', 'textFile', 'html', 'htmlFile', 'header', 'attach', 'inline', 'replyTo'] as const;

function refuseWriting(wishes: Wishes): void {
  const given = WRITING.find((key) =>
    Array.isArray(wishes[key]) ? wishes[key].length > 0 : wishes[key] !== undefined,
  );
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CsError('CS_USAGE', `--eml sends a message as it is, so --${flag} changes nothing of it`, {
    hint: '--from, --to, --mail-from and --rcpt-to say where it goes',
  });
}

/** A raw message: its own headers say who it is from and to, unless flags do. */
async function asItIs(wishes: Wishes, file: string): Promise<Written> {
  refuseWriting(wishes);
  const bytes = Buffer.from(normaliseLines(await readInput(file, '--eml')));
  const { head } = splitMessage(bytes);
  const named = (...names: string[]): string[] => names.flatMap((name) => fieldValues(head, name)).filter(Boolean);
  const given = [...wishes.to, ...wishes.cc, ...wishes.bcc];
  const [from = ''] = wishes.from === undefined ? named('from') : [wishes.from];
  const [author = ''] = from === '' ? [''] : bareAddresses(from, 'the sender');
  const [messageId] = named('message-id');
  return {
    author,
    to: recipients(given.length > 0 || wishes.rcptTo.length > 0 ? given : named('to', 'cc', 'bcc'), 'a recipient'),
    next: () => ({ messageId, bytes }),
  };
}

function sender(text: string): string {
  return text === '' || text === '<>' ? '' : (bareAddresses(text, '--mail-from')[0] ?? '');
}

function envelopeRecipients(wishes: Wishes, named: readonly string[]): Envelope['to'] {
  const notify = dsnNotify(wishes.dsnNotify);
  const addresses = wishes.rcptTo.length > 0 ? recipients(wishes.rcptTo, '--rcpt-to') : named;
  if (addresses.length === 0) {
    throw new CsError('CS_USAGE', 'the message has no recipient', { hint: 'give --to ADDR, or --rcpt-to ADDR' });
  }
  return addresses.map((address) => ({ address, ...(notify === undefined ? {} : { notify }) }));
}

async function signingKey(wishes: Wishes, author: string): Promise<DkimKey | undefined> {
  const { dkimKey: file, dkimSelector: selector } = wishes;
  if (file === undefined) return undefined;
  if (selector === undefined) throw new CsError('CS_USAGE', '--dkim-key needs --dkim-selector');
  return dkimKey(await readInput(file, '--dkim-key'), wishes.dkimDomain ?? author.split('@').at(-1) ?? '', selector);
}
