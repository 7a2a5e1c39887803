/** What stands encoded in address fields. */
import { SPECIALS } from './addresses.ts';
import { decodeWords, rawText } from './encoded-words.ts';
import { scan, type Token } from './scanner.ts';

/**
 * An address field as characters: encoded words are read in phrases and comments and nowhere else (RFC 2047 section 5), and
 * what comes out is quoted where it would otherwise part or make an address.
 * @param latin1 the field's value, one octet per character
 */
export function decodedAddresses(latin1: string): string {
  if (!latin1.includes('=?')) return rawText(latin1);
  let out = '';
  let done = 0;
  let waiting: Token[] = [];
  let bare = false;
  let angle = false;
  const flush = (isAddress: boolean): void => {
    for (const run of runs(isAddress ? waiting.filter(({ kind }) => kind === 'comment') : waiting)) {
      out += rawText(latin1.slice(done, run[0]!.start)) + decoded(run, latin1);
      done = run.at(-1)!.end;
    }
    waiting = [];
  };
  for (const token of scan(latin1, SPECIALS)) {
    if (token.kind !== 'special') {
      waiting.push(token);
      continue;
    }
    flush(bare || token.text === '@');
    if (token.text === '@') bare = true;
    else if (token.text === '<') bare = angle = true;
    // A `>` that nobody opened ends nothing.
    else if (token.text !== ':' && (token.text !== '>' || angle)) bare = angle = false;
  }
  flush(bare);
  return out + rawText(latin1.slice(done));
}

/** Neighbouring encoded words are read together; every other token stands alone, and those without such a word not at all. */
function* runs(tokens: readonly Token[]): Generator<readonly Token[]> {
  let words: Token[] = [];
  for (const token of tokens) {
    const encoded = token.text.includes('=?');
    if (encoded && token.kind === 'word' && !token.quoted) {
      words.push(token);
      continue;
    }
    if (words.length > 0) yield words;
    words = [];
    if (encoded) yield [token];
  }
  if (words.length > 0) yield words;
}

function decoded(run: readonly Token[], latin1: string): string {
  const [first] = run as readonly [Token];
  if (first.kind === 'comment') return `(${decodeWords(first.text).replace(/[()\\]/g, '\\$&')})`;
  const quoted = first.kind === 'word' && first.quoted;
  const written = quoted ? first.text : latin1.slice(first.start, run.at(-1)!.end);
  const text = decodeWords(written);
  const parts = quoted || (text !== written && /[()<>[\]:;@\\,"]/.test(text));
  return parts ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}
