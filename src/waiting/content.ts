import type { MailStore } from '../contracts/mail.ts';
import { hrefs, htmlText } from './markup.ts';

/** What one message says. Parsed at first use; what cannot be parsed counts as plain text. */
export interface MailContent {
  readonly raw: Buffer;
  /** The text part, else the HTML as text. */
  readonly text: string;
  readonly html: string;
  readonly hrefs: readonly string[];
  /** Values of a header field, decoded, in order. */
  header(name: string): readonly string[];
}

/** Octets of one message that are looked at. */
const RAW = 16 * 1024 * 1024;
const PARSED = 1024 * 1024;

/** Reads `INBOX` of everything captured. Throws `CS_NOT_FOUND` when the message is gone meanwhile. */
export async function readContent(mail: MailStore, id: string, mailbox = 'INBOX'): Promise<MailContent> {
  const raw = await readRaw(mail, id, mailbox);
  const { text, html, headers } = await parse(raw);
  const shown = text !== undefined && text.trim() !== '' ? text : htmlText(html);
  return {
    raw,
    text: shown.slice(0, PARSED),
    html,
    hrefs: hrefs(html),
    header: (name) => headers.filter(({ key }) => key === name.toLowerCase()).map(({ value }) => value),
  };
}

async function readRaw(mail: MailStore, id: string, mailbox: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of mail.read(mailbox, Number(id), { start: 0, end: RAW })) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= RAW) break;
  }
  return Buffer.concat(parts);
}

interface Parsed {
  readonly text: string | undefined;
  readonly html: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

async function parse(raw: Buffer): Promise<Parsed> {
  try {
    const { default: PostalMime } = await import('postal-mime');
    const { text, html, headers } = await PostalMime.parse(raw);
    return { text, html: (html ?? '').slice(0, PARSED), headers };
  } catch {
    return { text: raw.toString('utf8', 0, PARSED), html: '', headers: [] };
  }
}
