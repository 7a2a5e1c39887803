/** Index pages of nginx, Apache (plain, fancy, table), lighttpd, Caddy, Python and our own: links, and the text beside them. */

import { sizeIn, timeIn } from './columns.ts';
import type { IndexEntry } from './read.ts';
import { safeName } from './safe-name.ts';

/** Any page has links; only an index is a list of files. */
const INDEX =
  /<(?:title|h1)[^<>]{0,200}>\s*(?:index of|directory listing|listing of)\b|<a[^<>]{0,200}>\s*(?:<[^<>]{0,200}>\s*)?(?:parent directory|\.\.\/?)\s*<|class="?listing\b/i;
const ANCHOR = /<a\s/gi;
const HREF = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
/** Characters of a link with what stands beside it. */
const LONGEST = 16 * 1024;

interface Link {
  readonly href: string;
  /** Text between this link and the next. */
  readonly beside: string;
}

/** Undefined: a page that is no index. */
export function htmlIndex(text: string, url: URL): readonly IndexEntry[] | undefined {
  if (!INDEX.test(text.slice(0, 64 * 1024))) return undefined;
  const entries: IndexEntry[] = [];
  for (const { href, beside } of links(text)) {
    const below = nameBelow(href, url);
    const name = below && safeName(below.name);
    if (!below || name === undefined) continue;
    const kind = below.directory ? 'directory' : 'file';
    const size = kind === 'directory' ? 0 : sizeIn(beside);
    entries.push({ name, kind, size, modified: timeIn(beside) });
  }
  return entries;
}

function* links(text: string): Generator<Link> {
  const starts = [...text.matchAll(ANCHOR)].map(({ index }) => index);
  for (const [at, start] of starts.entries()) {
    // Looked at only as far as the next link, or a page without ends would be read anew for each.
    const next = Math.min(starts[at + 1] ?? text.length, start + LONGEST);
    const link = text.slice(start, next);
    const open = link.indexOf('>');
    const [, double, single, bare] = HREF.exec(link.slice(0, Math.max(open, 0))) ?? [];
    const href = double ?? single ?? bare;
    if (href === undefined) continue;
    const close = link.indexOf('</a>', open);
    yield { href: plain(href), beside: close === -1 ? '' : plain(link.slice(close).replace(/<[^<>]*>/g, ' ')) };
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function plain(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,5}));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** The one name that a link has more than the page; what leads anywhere else, and links that sort, are no entries. */
function nameBelow(href: string, page: URL): { readonly name: string; readonly directory: boolean } | undefined {
  let to: URL;
  try {
    to = new URL(href, page);
  } catch {
    return undefined;
  }
  if (to.origin !== page.origin || to.search !== '') return undefined;
  const here = page.pathname.split('/').slice(0, -1);
  const there = to.pathname.split('/');
  const directory = there.at(-1) === '';
  const names = directory ? there.slice(0, -1) : there;
  if (names.length !== here.length + 1) return undefined;
  if (here.some((segment, index) => decoded(segment) !== decoded(names[index] ?? ''))) return undefined;
  const name = decoded(names.at(-1) ?? '');
  return name === undefined || name === '' ? undefined : { name, directory };
}

/** Once. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
