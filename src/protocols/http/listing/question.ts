/** What a request for a directory asks for. */
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Order, SortBy } from './order.ts';

/**
 * `page`: for people in a browser. `index`: plain links with size and time, whole, for programs that read such pages
 * (wget, rclone, lftp). `json`, `text`: for scripts.
 */
export type ListingFormat = 'page' | 'index' | 'json' | 'text';

export interface Question {
  readonly format: ListingFormat;
  readonly order: Order;
  /** What names must hold; '' is anything. */
  readonly search: string;
  /** From 1; a `page` only. */
  readonly page: number;
}

const FORMATS: Readonly<Record<string, ListingFormat>> = { html: 'page', index: 'index', json: 'json', text: 'text' };
const TYPES: readonly (readonly [string, ListingFormat])[] = [
  ['text/html', 'page'],
  ['application/xhtml+xml', 'page'],
  ['application/json', 'json'],
  ['text/plain', 'text'],
];
const SORTS = new Set<string>(['name', 'size', 'time'] satisfies SortBy[]);

/** Throws 400 for a parameter that is none of these. */
export function readQuestion(query: URLSearchParams, accept: string | undefined): Question {
  return {
    format: formatOf(query.get('format'), accept),
    order: { by: sortOf(query.get('sort') ?? 'name'), descending: descending(query.get('order') ?? 'asc') },
    search: (query.get('q') ?? '').slice(0, 255),
    page: pageOf(query.get('page') ?? '1'),
  };
}

function formatOf(named: string | null, accept: string | undefined): ListingFormat {
  if (named === null) return accepted(accept ?? '');
  if (!Object.hasOwn(FORMATS, named)) throw new HttpRefusal(400, 'format is one of html, index, json, text');
  return FORMATS[named]!;
}

/** Only a type that is named counts (RFC 9110 section 12.5.1): whoever takes anything is a program that reads links. */
function accepted(accept: string): ListingFormat {
  const quality = new Map<string, number>();
  for (const range of accept.slice(0, 4096).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    quality.set(type, q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  let best: ListingFormat = 'index';
  let most = 0;
  for (const [type, format] of TYPES) {
    const q = quality.get(type) ?? 0;
    if (q > most) [best, most] = [format, q];
  }
  return best;
}

function sortOf(word: string): SortBy {
  if (!SORTS.has(word)) throw new HttpRefusal(400, 'sort is one of name, size, time');
  return word as SortBy;
}

function descending(word: string): boolean {
  if (word !== 'asc' && word !== 'desc') throw new HttpRefusal(400, 'order is asc or desc');
  return word === 'desc';
}

function pageOf(digits: string): number {
  if (!/^[1-9]\d{0,6}$/.test(digits)) throw new HttpRefusal(400, 'page is a number from 1');
  return Number(digits);
}
