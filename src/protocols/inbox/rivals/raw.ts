/** A message as the rivals' programs want it: fields and bodies as they came, nothing decoded. */
import type { MimePart } from '../../../contracts/mail.ts';
import { MessageIndexer } from '../../../kit/mime/indexer.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { MESSAGE_LIMIT } from '../model/message.ts';

/** Field name, with each part of it capitalised → values, unfolded. */
export type RawFields = Record<string, string[]>;

export interface RawPart {
  readonly fields: RawFields;
  readonly body: string;
  readonly size: number;
  readonly parts: readonly RawPart[];
}

export async function octetsOf(catalogue: Catalogue, uid: number, limit = MESSAGE_LIMIT): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of catalogue.mail.read(catalogue.name, uid, { start: 0, end: limit })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function rawFields(octets: Uint8Array): RawFields {
  const fields: RawFields = {};
  let last: string[] | undefined;
  for (const line of Buffer.from(octets).toString('utf8').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && last) last[last.length - 1] += ` ${line.trim()}`;
    else if (colon > 0) {
      const name = canonical(line.slice(0, colon).trim());
      const values = Object.hasOwn(fields, name) ? fields[name]! : [];
      if (values.length === 0)
        Object.defineProperty(fields, name, { value: values, enumerable: true, configurable: true });
      values.push(line.slice(colon + 1).trim());
      last = values;
    }
  }
  return fields;
}

/** `message-id` → `Message-Id`, as Go has it. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (text) => text.toUpperCase());
}

export function rawMessage(octets: Uint8Array): RawPart {
  const indexer = new MessageIndexer();
  indexer.write(octets);
  return rawPart(indexer.end().root, octets);
}

function rawPart(mime: MimePart, octets: Uint8Array): RawPart {
  return {
    fields: rawFields(octets.subarray(mime.start, mime.body)),
    body: Buffer.from(octets.subarray(mime.body, mime.end)).toString('utf8'),
    size: mime.end - mime.start,
    parts: mime.type.startsWith('multipart/') ? (mime.parts ?? []).map((part) => rawPart(part, octets)) : [],
  };
}
