/** A directory for scripts: JSON, one name a line, and the plain index that other programs read. */
import type { FileEntry } from '../../../contracts/files.ts';
import { escapeLine } from '../../../kit/escape.ts';
import { entryHref, shown } from './markup.ts';
import type { SortedEntries } from './order.ts';

/** `cs.listing/1`: `modified` as RFC 3339 UTC, `size` in octets, `tag` opaque, names as they are. One entry a line. */
export async function* jsonListing(path: readonly string[], entries: SortedEntries): AsyncGenerator<string> {
  yield `{"schema":"cs.listing/1","path":${JSON.stringify(`/${path.join('/')}`)},"entries":[`;
  let before = '\n';
  for await (const group of entries.groups()) {
    yield before + group.map(json).join(',\n');
    before = ',\n';
  }
  yield '\n]}\n';
}

function json({ name, kind, size, modified, tag }: FileEntry): string {
  return JSON.stringify({ name, kind, size, modified: new Date(modified).toISOString(), tag });
}

/** Directories end with `/`; controls and overrides are visible, so it is fit for a terminal. */
export async function* textListing(entries: SortedEntries): AsyncGenerator<string> {
  for await (const group of entries.groups()) {
    yield group.map(({ name, kind }) => `${escapeLine(name)}${kind === 'directory' ? '/' : ''}\n`).join('');
  }
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const COLUMN = 51;

/** In the shape of the indexes that mirroring programs have always read: link, date in UTC, octets. */
export async function* plainIndex(path: readonly string[], entries: SortedEntries): AsyncGenerator<string> {
  const title = `Index of ${shown(['', ...path, ''].join('/'))}`;
  yield `<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>${title}</title></head>\n<body>\n<h1>${title}</h1><hr><pre>`;
  yield path.length === 0 ? '\n' : '<a href="../">../</a>\n';
  for await (const group of entries.groups()) yield group.map(line).join('');
  yield '</pre><hr></body>\n</html>\n';
}

function line(entry: FileEntry): string {
  const { name, kind, size, modified } = entry;
  const text = `${name}${kind === 'directory' ? '/' : ''}`;
  const gap = ' '.repeat(Math.max(1, COLUMN - text.length));
  const octets = kind === 'directory' ? '-' : String(size);
  return `<a href="${entryHref(entry)}">${shown(text)}</a>${gap}${stamp(new Date(modified))}${octets.padStart(20)}\n`;
}

function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}
