/** A captured message, read and taken apart only when somebody asks for its inside. */
import type { Address, Email } from 'postal-mime';
import type { MailStore } from '../../contracts/mail.ts';

export interface Content {
  readonly raw: Buffer;
  readonly text: string;
  readonly html: string;
  /** Values of every field of that name, decoded. */
  header(name: string): readonly string[];
}

/** Never throws for what a peer wrote: what cannot be taken apart is its own text. */
export async function readContent(mail: MailStore, uid: number): Promise<Content> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of mail.read('INBOX', uid)) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  try {
    const { default: PostalMime } = await import('postal-mime');
    const email = await PostalMime.parse(raw, { maxNestingDepth: 100 });
    return { raw, text: email.text ?? '', html: email.html ?? '', header: (name) => headerValues(email, name) };
  } catch {
    const text = raw.toString('utf8');
    return { raw, text, html: '', header: (name) => rawHeader(text, name) };
  }
}

function headerValues(email: Email, name: string): readonly string[] {
  const key = name.toLowerCase();
  const people: Readonly<Record<string, readonly Address[] | undefined>> = {
    to: email.to,
    cc: email.cc,
    bcc: email.bcc,
  };
  const listed = Object.hasOwn(people, key) ? people[key] : undefined;
  if (listed) return listed.map((one) => `${one.name} <${one.address ?? ''}>`);
  return email.headers.filter((header) => header.key === key).map((header) => header.value);
}

function rawHeader(text: string, name: string): readonly string[] {
  const prefix = `${name.toLowerCase()}:`;
  const [head = ''] = text.split(/\r?\n\r?\n/, 1);
  return head
    .split(/\r?\n(?![ \t])/)
    .filter((line) => line.toLowerCase().startsWith(prefix))
    .map((line) =>
      line
        .slice(prefix.length)
        .replace(/\r?\n[ \t]+/g, ' ')
        .trim(),
    );
}
