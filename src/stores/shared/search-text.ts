/** What full text search looks through, and how words are compared: the same in every store. */
import type { MailHeaders } from '../../contracts/mail.ts';

/** Octets of a message that are parsed for its text. */
export const SEARCH_LIMIT = 1024 * 1024;
const TEXT_LIMIT = 256 * 1024;

/** Case, accents and punctuation folded away: tokens with one space before each. */
export function tokens(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return folded
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .replace(/^ ?/, ' ')
    .trimEnd();
}

/** Each given word as its tokens: `ann@x.test` is the phrase `ann x test`. All must occur; the last token may go on. */
export function searchPhrases(words: string): string[] {
  return words
    .split(/\s+/)
    .map(tokens)
    .filter((phrase) => phrase !== '');
}

export function matches(text: string, phrases: readonly string[]): boolean {
  return phrases.every((phrase) => text.includes(phrase));
}

/** Tokens of subject, from, to and the text parts. A message that cannot be parsed is searched by its header alone. */
export async function searchText(headers: MailHeaders, start: Uint8Array): Promise<string> {
  const said = [headers.subject, headers.from, ...headers.to].join(' ');
  return tokens(`${said} ${(await bodyText(start)).slice(0, TEXT_LIMIT)}`);
}

async function bodyText(start: Uint8Array): Promise<string> {
  const { default: PostalMime } = await import('postal-mime');
  try {
    const mail = await PostalMime.parse(start.subarray(0, SEARCH_LIMIT), { maxNestingDepth: 32 });
    return mail.text ?? withoutTags((mail.html ?? '').slice(0, SEARCH_LIMIT));
  } catch {
    return '';
  }
}

/** Enough for search: what stands between tags, without scripts and styles. Linear. */
function withoutTags(html: string): string {
  return html
    .split(/<(?:script|style)\b/i)
    .map((part, index) => (index === 0 ? part : part.replace(/^[\s\S]*?<\/(?:script|style)\s*>/i, ' ')))
    .join(' ')
    .replace(/<[^<>]*>/g, ' ');
}
