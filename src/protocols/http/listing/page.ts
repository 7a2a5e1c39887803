/** The listing for people: one page, nothing loaded from anywhere, whole without its script. */
import { createHash } from 'node:crypto';
import type { FileEntry } from '../../../contracts/files.ts';
import { showSize } from '../../../kit/units.ts';
import { directoryHref, entryHref, html, shown } from './markup.ts';
import type { SortBy, SortedEntries } from './order.ts';
import type { Question } from './question.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** Rows of one page; a directory up to this size is searched and sorted in the browser. */
export const PAGE_ROWS = 1000;

export interface PageView {
  /** As the client names it. */
  readonly path: readonly string[];
  readonly question: Question;
  /** Files may be brought in. */
  readonly writable: boolean;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  'img-src data:',
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SYMBOLS = `<svg hidden><symbol id="d" viewBox="0 0 24 24"><path d="M3 7.5A1.5 1.5 0 0 1 4.5 6h4.6l2 2.2h8.4A1.5 1.5 0 0 1 21 9.7v8.8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5z"/></symbol><symbol id="f" viewBox="0 0 24 24"><path d="M6 3.5h7.5L18.5 8.5V19a1.5 1.5 0 0 1-1.5 1.5H6.5A1.5 1.5 0 0 1 5 19V4.5a1 1 0 0 1 1-1zM13.5 3.5v5h5"/></symbol><symbol id="s" viewBox="0 0 24 24"><path d="M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3 20 20"/></symbol><symbol id="g" viewBox="0 0 24 24"><path d="M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14"/></symbol><symbol id="u" viewBox="0 0 24 24"><path d="M12 15.5V4.5M7.5 9 12 4.5 16.5 9M5 19.5h14"/></symbol></svg>`;
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%235b8def' d='M3 7.5A1.5 1.5 0 0 1 4.5 6h4.6l2 2.2h8.4A1.5 1.5 0 0 1 21 9.7v8.8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5z'/%3E%3C/svg%3E";

const icon = (id: string): string => `<svg aria-hidden="true"><use href="#${id}"></use></svg>`;

/** Head and tools are sent before the first entry is known. */
export async function* listingPage(view: PageView, entries: Promise<SortedEntries>): AsyncGenerator<string> {
  // It is awaited below, and not at all if the client leaves before.
  entries.catch(() => {});
  yield top(view);
  const sorted = await entries;
  const pages = Math.max(1, Math.ceil(sorted.count / PAGE_ROWS));
  const page = Math.min(view.question.page, pages);
  if (sorted.count > 0) {
    yield tableHead(view.question);
    for await (const group of sorted.groups((page - 1) * PAGE_ROWS, page * PAGE_ROWS)) yield group.map(row).join('');
    yield '</tbody></table>';
  }
  yield bottom(view, sorted, page, pages);
}

function top({ path, question, writable }: PageView): string {
  const name = path.length === 0 ? 'Files' : shown(path.at(-1)!);
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${name}</title><link rel="icon" href="${ICON}"><style>${STYLE}</style></head>
<body><a class="away" href="#entries">Skip to the entries</a>${SYMBOLS}<div class="frame">
<header><nav aria-label="Folders above"><ol>${crumbs(path)}</ol></nav></header>
<main><div class="bar"><form class="find" role="search" method="get">${icon('s')}<input id="q" type="search" name="q" value="${html(question.search)}" placeholder="Search this folder" aria-label="Search this folder" aria-keyshortcuts="/" autocomplete="off" spellcheck="false"><kbd aria-hidden="true">/</kbd>${kept(question)}</form>
<div class="pair" role="group" aria-label="Download this folder"><a class="act" href="?archive=zip" download>${icon('g')}Download zip</a><a class="act" href="?archive=tar" download>tar</a></div>${writable ? `<button class="act main" id="choose" type="button" hidden>${icon('u')}Upload</button>` : ''}</div>
${writable ? UPLOAD : ''}<div class="sheet" id="entries" tabindex="-1">`;
}

// The checkbox comes first, as what it says is about the files behind it; the style sheet shows it after them.
const UPLOAD =
  '<form class="send" id="send" method="post" enctype="multipart/form-data" action="./"><label><input type="checkbox" name="overwrite" value="1"> Replace files of the same name</label><input type="file" name="file" multiple required aria-label="Files to upload"><button class="act">Upload</button></form><ul class="queue" id="queue" aria-live="polite" hidden></ul>';

function crumbs(path: readonly string[]): string {
  const up = (depth: number): string => (depth === path.length - 1 ? ' rel="up"' : '');
  const steps = ['Files', ...path].map((name, depth) => {
    if (depth === path.length) return `<li><bdi aria-current="page">${shown(name)}</bdi></li>`;
    return `<li><a href="${directoryHref(path.slice(0, depth))}"${up(depth)}><bdi>${shown(name)}</bdi></a></li>`;
  });
  return steps.join('');
}

/** A search keeps the order. */
function kept({ order }: Question): string {
  const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${value}">`;
  if (order.by === 'name' && !order.descending) return '';
  return hidden('sort', order.by) + hidden('order', order.descending ? 'desc' : 'asc');
}

const COLUMNS: readonly (readonly [SortBy, string])[] = [
  ['name', 'Name'],
  ['time', 'Modified'],
  ['size', 'Size'],
];

function tableHead(question: Question): string {
  const { by, descending } = question.order;
  const heads = COLUMNS.map(([key, title]) => {
    const current = key === by ? ` aria-sort="${descending ? 'descending' : 'ascending'}"` : '';
    const next = query(question, { sort: key, order: key === by && !descending ? 'desc' : 'asc', page: '1' });
    return `<th class="${key}" role="columnheader" scope="col" data-by="${key}"${current}><a href="${next}">${title}</a></th>`;
  });
  return `<table role="table"><caption class="away">Entries of this folder</caption><thead role="rowgroup"><tr role="row">${heads.join('')}</tr></thead><tbody role="rowgroup">\n`;
}

function row(entry: FileEntry): string {
  const { name, kind, size, modified } = entry;
  const directory = kind === 'directory';
  const when = new Date(modified).toISOString();
  const time = `<time datetime="${when}">${when.slice(0, 16).replace('T', ' ')}</time>`;
  const octets = directory ? '' : `<span title="${size} bytes">${showSize(size)}</span>`;
  return `<tr role="row"${directory ? ' class="dir"' : ''} data-n="${shown(name)}" data-s="${size}" data-t="${Math.floor(modified)}"><td class="name" role="cell"><a href="${entryHref(entry)}">${icon(directory ? 'd' : 'f')}<bdi>${shown(name)}${directory ? '<span class="away"> (folder)</span>' : ''}</bdi></a></td><td class="time" role="cell">${time}</td><td class="size" role="cell">${octets}</td></tr>\n`;
}

function bottom({ question, writable }: PageView, sorted: SortedEntries, page: number, pages: number): string {
  const { search } = question;
  const nothing = search === '' ? (writable ? 'Nothing here yet. Drop files anywhere.' : 'This folder is empty.') : '';
  const words = sorted.count === 0 && search === '' ? nothing : 'Nothing has this in its name.';
  const whole = pages === 1 && search === '';
  const counted = `${sorted.count.toLocaleString('en')} ${sorted.count === 1 ? 'entry' : 'entries'}${sorted.octets > 0 ? `, ${showSize(sorted.octets)}` : ''}`;
  return `<p class="none" id="nothing"${sorted.count > 0 ? ' hidden' : ''}>${words}</p></div>
<div class="foot"><p id="status" role="status">${counted}</p>${pager(question, page, pages)}<p class="keys" aria-hidden="true"><kbd>/</kbd> search &ensp;<kbd>&uarr;</kbd> <kbd>&darr;</kbd> move &ensp;<kbd>&#9166;</kbd> open &ensp;<kbd>&#9003;</kbd> up</p></div></main></div>${whole ? '<span id="whole" hidden></span>' : ''}
<script>${SCRIPT}</script></body></html>
`;
}

function pager(question: Question, page: number, pages: number): string {
  if (pages === 1) return '';
  const to = (target: number, words: string, rel: string): string =>
    `<a href="${query(question, { page: String(target) })}" rel="${rel}">${words}</a>`;
  const before = page > 1 ? to(page - 1, 'Back', 'prev') : '';
  const after = page < pages ? to(page + 1, 'Next', 'next') : '';
  return `<nav class="pages" aria-label="Pages">${before}<span>Page ${page} of ${pages}</span>${after}</nav>`;
}

function query({ search, order }: Question, more: Readonly<Record<string, string>>): string {
  const all = new URLSearchParams();
  if (search !== '') all.set('q', search);
  all.set('sort', order.by);
  all.set('order', order.descending ? 'desc' : 'asc');
  for (const [name, value] of Object.entries(more)) all.set(name, value);
  return html(`?${all}`);
}
