/** What the user wrote, checked before anything is connected (trust.md CL-07). */
import { readFile } from 'node:fs/promises';
import { asCsError, CsError } from '../../kit/errors.ts';

/** Text for one line of a header or a command. Throws `CS_INPUT`. */
export function oneLine(text: string, what: string): string {
  if (/[\r\n\0]/.test(text)) throw new CsError('CS_INPUT', `${what} holds a line break or NUL`);
  return text;
}

/** A file's octets; `-` is stdin. */
export async function readInput(file: string, what: string): Promise<Buffer> {
  oneLine(file, what);
  try {
    if (file !== '-') return await readFile(file);
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  } catch (error) {
    const cause = asCsError(error);
    throw new CsError('CS_LOCAL_IO', `cannot read ${what}: ${cause.message}`, { cause });
  }
}

export interface HeaderField {
  readonly key: string;
  readonly value: string;
}

/** `Name: value` (RFC 5322 section 2.2). */
export function headerField(text: string): HeaderField {
  oneLine(text, 'a header');
  const at = text.indexOf(':');
  const key = text.slice(0, Math.max(at, 0));
  if (!/^[\x21-\x39\x3b-\x7e]{1,200}$/.test(key)) {
    throw new CsError('CS_INPUT', `not a header: ${JSON.stringify(text)}`, { hint: "write --header 'Name: value'" });
  }
  return { key, value: text.slice(at + 1).trim() };
}

export interface FilePart {
  readonly file: string;
  readonly name: string | undefined;
  readonly type: string | undefined;
  readonly cid: string | undefined;
}

const ATTRIBUTES = new Set(['name', 'type', 'cid']);

/** `FILE[;name=NAME][;type=TYPE][;cid=ID]`; a `;` that starts no attribute belongs to the file's name. */
export function filePart(text: string, flag: string): FilePart {
  oneLine(text, flag);
  const [file = '', ...rest] = text.split(/;(?=(?:name|type|cid)=)/);
  const found = new Map<string, string>();
  for (const attribute of rest) {
    const at = attribute.indexOf('=');
    if (ATTRIBUTES.has(attribute.slice(0, at))) found.set(attribute.slice(0, at), attribute.slice(at + 1));
  }
  const type = found.get('type');
  if (file === '') throw new CsError('CS_INPUT', `${flag} names no file`);
  if (type !== undefined && !/^[\w.+-]+\/[\w.+-]+(?:;.*)?$/.test(type)) {
    throw new CsError('CS_INPUT', `not a media type: ${JSON.stringify(type)}`);
  }
  return { file, name: found.get('name'), type, cid: found.get('cid') };
}
