/** From the command line to one request, checked before anything is connected (trust.md CL-07). */
import type { ExchangeRequest } from '../../contracts/exchange.ts';
import type { Target } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import { type HeaderLine, headerLine } from '../exchange/header-line.ts';
import type { Content } from './content.ts';
import { type Item, parseItem } from './items.ts';

export interface Words {
  /** Undefined: GET, with content POST. */
  readonly method: string | undefined;
  readonly url: string;
  readonly items: readonly Item[];
}

/** `[METHOD] URL [ITEM...]`. Throws `CS_USAGE`. */
export function wordsOf(operands: readonly string[]): Words {
  const [first = '', ...rest] = operands;
  const named = /^[A-Za-z][A-Za-z-]{0,30}$/.test(first);
  const [url, ...items] = named ? rest : operands;
  if (url === undefined) throw new CsError('CS_USAGE', 'no URL', { hint: `cs send request ${first} http://HOST/` });
  return { method: named ? first.toUpperCase() : undefined, url, items: items.map(parseItem) };
}

export interface RequestOrder extends Words {
  readonly headers: readonly string[];
  readonly content: Content | undefined;
  readonly target: Target;
  readonly loopback: boolean;
  readonly raw: boolean;
  readonly retry: number;
}

export function requestOf(order: RequestOrder): ExchangeRequest {
  const { items, content, target, raw, retry } = order;
  const method = order.method ?? (content === undefined ? 'GET' : 'POST');
  const query = items.flatMap((item) => (item.kind === 'query' ? [pair(item.name, item.value)] : []));
  const headers = headersOf(order);
  const named = (name: string): boolean => headers.some(([key]) => key.toLowerCase() === name);
  if (content !== undefined && !named('content-type')) headers.push(['Content-Type', content.type]);
  if (content?.type === 'application/json' && !named('accept')) headers.push(['Accept', 'application/json, */*;q=0.5']);
  const { resource = '/' } = target;
  return {
    method,
    headers,
    retry,
    ...(query.length === 0 ? {} : { url: `${resource}${resource.includes('?') ? '&' : '?'}${query.join('&')}` }),
    ...(content === undefined ? {} : { body: content.body }),
    ...(raw ? { raw } : {}),
  };
}

function pair(name: string, value: string): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}

/** Those of `--header` first. */
function headersOf({ headers, items, loopback }: RequestOrder): HeaderLine[] {
  const written = headers.map((text): readonly [string, string] => {
    const at = text.indexOf(':');
    if (at === -1) throw new CsError('CS_INPUT', 'a header without a colon', { hint: "--header 'Name: value'" });
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const more = items.flatMap((item) => (item.kind === 'header' ? [[item.name, item.value] as const] : []));
  return [...written, ...more].map(([name, value]) => headerLine(name, value, loopback));
}
