/** From items and `--data` to the content of a request; files are streamed, never held. */
import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RequestBody } from '../../contracts/exchange.ts';
import type { Json } from '../../contracts/journal.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import type { Item } from './items.ts';
import { jsonObject } from './json-object.ts';

export interface Content {
  readonly body: RequestBody;
  readonly type: string;
}

export interface ContentOrder {
  readonly items: readonly Item[];
  readonly data: string | undefined;
  readonly form: boolean;
  readonly multipart: boolean;
}

const READ = 256 * 1024;

/** Undefined: nothing is sent. Throws `CS_USAGE` for two contents, `CS_LOCAL_IO` for a file that is not there. */
export async function contentOf({ items, data, form, multipart }: ContentOrder): Promise<Content | undefined> {
  const parts = items.filter(({ kind }) => kind === 'field' || kind === 'json' || kind === 'file');
  if (data !== undefined) {
    if (parts.length > 0) throw new CsError('CS_USAGE', '--data and items are two contents');
    return dataContent(data);
  }
  if (parts.length === 0) return undefined;
  if (multipart || parts.some(({ kind }) => kind === 'file')) return multipartContent(parts);
  if (form) return urlencoded(parts);
  const pairs = parts.map(({ name, ...rest }) => [name, 'value' in rest ? rest.value : ''] as const);
  return { body: bytesBody(Buffer.from(JSON.stringify(jsonObject(pairs)))), type: 'application/json' };
}

async function dataContent(data: string): Promise<Content> {
  if (data === '-') return { body: stdinBody(), type: 'application/octet-stream' };
  if (data.startsWith('@')) return { body: await fileBody(data.slice(1)), type: 'application/octet-stream' };
  return { body: bytesBody(Buffer.from(data)), type: isJson(data) ? 'application/json' : 'text/plain; charset=utf-8' };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function urlencoded(parts: readonly Item[]): Content {
  const form = new URLSearchParams();
  for (const part of parts) if ('value' in part) form.append(part.name, textOf(part.value));
  return { body: bytesBody(Buffer.from(form.toString())), type: 'application/x-www-form-urlencoded' };
}

/** RFC 7578; names and file names as browsers escape them. */
async function multipartContent(parts: readonly Item[]): Promise<Content> {
  const boundary = `cs-${randomBytes(18).toString('hex')}`;
  const quoted = (text: string): string =>
    text.replace(/["\r\n]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  const pieces: RequestBody[] = [];
  for (const part of parts) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(part.name)}"`;
    if (part.kind === 'file') {
      const type = oneLine(part.type ?? 'application/octet-stream');
      const named = `; filename="${quoted(basename(part.file))}"\r\nContent-Type: ${type}\r\n\r\n`;
      pieces.push(bytesBody(Buffer.from(`${head}${named}`)), await fileBody(part.file), bytesBody(Buffer.from('\r\n')));
    } else pieces.push(bytesBody(Buffer.from(`${head}\r\n\r\n${textOf(part.value)}\r\n`)));
  }
  pieces.push(bytesBody(Buffer.from(`--${boundary}--\r\n`)));
  return { body: joined(pieces), type: `multipart/form-data; boundary=${boundary}` };
}

function oneLine(type: string): string {
  if (/^[\w.+-]+\/[\w.+-]+(?:;[ -~]*)?$/.test(type)) return type;
  throw new CsError('CS_INPUT', `not a media type: ${JSON.stringify(type)}`);
}

function joined(pieces: readonly RequestBody[]): RequestBody {
  const known = pieces.every(({ length }) => length !== undefined);
  return {
    length: known ? pieces.reduce((sum, { length }) => sum + (length ?? 0), 0) : undefined,
    async *open() {
      for (const piece of pieces) yield* piece.open();
    },
  };
}

export function bytesBody(bytes: Uint8Array): RequestBody {
  return {
    length: bytes.length,
    async *open() {
      if (bytes.length > 0) yield bytes;
    },
  };
}

async function fileBody(file: string): Promise<RequestBody> {
  const facts = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (facts.isDirectory()) throw new CsError('CS_IS_DIRECTORY', `${file} is a directory`);
  return {
    // A pipe or a device has no length to tell.
    length: facts.isFile() ? facts.size : undefined,
    async *open() {
      await using handle = await open(file, 'r').catch((error: unknown) => {
        throw unreadable(file, error);
      });
      for (;;) {
        const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(READ) });
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    },
  };
}

/** Once: a second try, a login or a redirect finds nothing left. */
function stdinBody(): RequestBody {
  let taken = false;
  return {
    length: undefined,
    async *open() {
      if (taken) throw new CsError('CS_INPUT', 'stdin cannot be sent a second time', { hint: '--data @FILE' });
      taken = true;
      for await (const chunk of process.stdin) yield chunk as Uint8Array;
    },
  };
}

function unreadable(file: string, error: unknown): CsError {
  const cause = asCsError(error);
  return new CsError('CS_LOCAL_IO', `cannot read ${file}: ${cause.message}`, { cause });
}
