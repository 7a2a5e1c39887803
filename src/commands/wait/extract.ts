/** `--extract`: the one thing a test wants from a mail. */
import { CsError } from '../../kit/errors.ts';
import type { Content } from './content.ts';
import { parsePattern } from './matcher.ts';

export type Extractor = (content: Content) => string | undefined;

/** 4 to 8 digits standing alone; the text part before the HTML. */
const CODE = /(?<![\d.,:/=#-])\d{4,8}(?![\d/=-]|[.,:]\d)/;

/** Throws `CS_USAGE` before anything is waited for. */
export function createExtractor(what: string): Extractor {
  const [kind = '', ...rest] = what.split(':');
  const argument = rest.join(':');
  switch (kind) {
    case 'code':
      return ({ text, html }) => CODE.exec(text)?.[0] ?? CODE.exec(plainText(html))?.[0];
    case 'link': {
      const pattern = argument === '' ? undefined : parsePattern(argument);
      return (content) => links(content).find((link) => pattern === undefined || pattern.test(link));
    }
    case 'header':
      if (argument !== '') return (content) => content.header(argument)[0];
      break;
    case 'text': {
      const pattern = parsePattern(argument);
      return ({ text, html }) => {
        const found = pattern.exec(text) ?? pattern.exec(plainText(html));
        return found === null ? undefined : (found[1] ?? found[0]);
      };
    }
  }
  throw new CsError('CS_USAGE', `cannot extract ${JSON.stringify(what)}`, {
    hint: 'code, link, link:/RE/, header:NAME or text:/RE(GROUP)/',
  });
}

/** http and https, in the order of the text part, then of the HTML's href; each once. */
export function links({ text, html }: Content): readonly string[] {
  const found = new Set<string>();
  for (const [url] of text.matchAll(/\bhttps?:\/\/[^\s<>"'`\\]+/gi)) found.add(trimmed(url));
  for (const [, double, single, bare] of html.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))/gi)) {
    const url = decodeEntities(double ?? single ?? bare ?? '').trim();
    if (/^https?:\/\//i.test(url)) found.add(url);
  }
  return [...found];
}

/** What ends a sentence does not end its link; a closing bracket does only if it was not opened inside. */
function trimmed(url: string): string {
  let end = url.length;
  while (end > 0) {
    const last = url[end - 1] ?? '';
    const opened = last === ')' ? url.slice(0, end).split('(').length > url.slice(0, end).split(')').length - 1 : false;
    if (!'.,;:!?)]}*'.includes(last) || opened) break;
    end -= 1;
  }
  return url.slice(0, end);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,5}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? all) : all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : all;
  });
}

/** Enough of HTML to find words in it; nothing is shown from this. */
export function plainText(html: string): string {
  const bare = html.replace(/<(style|script)\b[^>]*>[^<]*(?:<(?!\/\1)[^<]*)*<\/\1\s*>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return decodeEntities(bare);
}
