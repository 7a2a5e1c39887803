import { CsError } from '../kit/errors.ts';
import type { MailContent } from './content.ts';
import { parsePattern } from './pattern.ts';

export interface Extractor {
  readonly shown: string;
  /** The first one in the message. */
  from(content: MailContent): string | undefined;
}

/** Neither part of a longer number or word nor of a date, a time or an amount. */
const CODE = /(?<![\p{L}\p{N}_#]|\p{N}[.,:/+-])\d{4,8}(?![\p{L}\p{N}_]|[.,:/-]\p{N})/u;
/** What people call it; German and others write it at the end of a longer word. */
const CALLED = '(?:code|(?<!\\p{L})(?:pin|otp|token|kod)|c[oó]digo|codice|код|验证码|コード)(?!\\p{L})';
/** Behind its name, where it may stand in two halves. */
const NAMED = new RegExp(
  `${CALLED}[^\\p{N}]{0,40}?(${CODE.source}|(?<!\\p{L})\\d{3}[ -]\\d{3}(?![\\p{L}\\p{N}_]))`,
  'iu',
);
/** `482913 is your verification code`. */
const SAID = new RegExp(`(${CODE.source})\\s(?:is|as)\\s[^\\p{N}]{0,60}?${CALLED}`, 'iu');
const LINK = /https?:\/\/[^\s<>"`\\^{|}\u0000-\u001f\u007f]+/gi;

/** `code`, `link`, `link:PATTERN`, `header:NAME`, `text:/re(group)/`. Throws `CS_USAGE`. */
export function parseExtract(written: string): Extractor {
  const at = written.indexOf(':');
  const kind = at === -1 ? written : written.slice(0, at);
  const rest = at === -1 ? undefined : written.slice(at + 1);
  if (kind === 'code' && rest === undefined)
    return { shown: 'code of 4 to 8 digits', from: ({ text }) => codeIn(text) };
  if (kind === 'link' && rest !== '') return linkExtractor(rest);
  if (kind === 'header' && rest) return { shown: `header ${rest}`, from: (content) => content.header(rest)[0] };
  if (kind === 'text' && rest) {
    const pattern = parsePattern(rest);
    return { shown: `text ${pattern.shown}`, from: ({ text }) => pattern.find(text) };
  }
  throw new CsError('CS_USAGE', `nothing to extract: ${JSON.stringify(written)}`, {
    hint: 'code, link, link:/re/, header:NAME, text:/re(group)/',
  });
}

/** The one that is called so; else the first number that could be one. */
function codeIn(text: string): string | undefined {
  const named = NAMED.exec(text) ?? SAID.exec(text);
  return named?.[1]?.replace(/[ -]/, '') ?? CODE.exec(text)?.[0];
}

function linkExtractor(wanted: string | undefined): Extractor {
  const pattern = wanted === undefined ? undefined : parsePattern(wanted);
  return {
    shown: pattern ? `link ${pattern.shown}` : 'link',
    from: (content) => links(content).find((link) => pattern?.test(link) ?? true),
  };
}

function links({ text, hrefs }: MailContent): readonly string[] {
  const written = (text.match(LINK) ?? []).map(trimmed);
  return [...written, ...hrefs.filter((href) => /^https?:\/\/[^\s\u0000-\u001f\u007f]+$/i.test(href))];
}

/** Without the sentence's own punctuation; a closing bracket stays where the link opened it. */
function trimmed(link: string): string {
  let end = link.length;
  // Longer tails are no punctuation of anybody's.
  for (; end > Math.max(0, link.length - 16); end--) {
    const last = link[end - 1] ?? '';
    const opened = last === ')' && balanced(link.slice(0, end));
    if (opened || !".,;:!?'*)]".includes(last)) break;
  }
  return link.slice(0, end);
}

function balanced(text: string): boolean {
  return text.split('(').length >= text.split(')').length;
}
