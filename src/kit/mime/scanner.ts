/** The lexical layer of structured header fields (RFC 5322 section 3.2): each octet is looked at once. */

interface Span {
  /** What it means: without quotes, brackets of a comment, and backslashes. */
  readonly text: string;
  /** Where it stands as written: its first character, and the one behind its last. */
  readonly start: number;
  readonly end: number;
}

export type Token =
  | (Span & { readonly kind: 'word'; readonly spaced: boolean; readonly quoted: boolean })
  | (Span & { readonly kind: 'comment' })
  | (Span & { readonly kind: 'special' });

/** Comments in comments beyond this depth are one. */
const COMMENT_DEPTH = 50;
/** Some writers leave commas and angles in an encoded word as they are. */
const ENCODED_WORD = /=\?[^?\s]{1,64}\?[bqBQ]\?[^?\s]*\?=/y;

/** Of a domain literal, brackets and all: as long as a domain may be. */
const LITERAL_LIMIT = 255;

/**
 * @param specials characters that stand for themselves; `"` and `(` always begin what they begin, and `[` behind an `@`
 * a domain literal, which is one word
 */
export function* scan(text: string, specials: string): Generator<Token> {
  let start = 0;
  let spaced = false;
  let host = false;
  while (start < text.length) {
    const char = text[start]!;
    if (char === ' ' || char === '\t' || char === '\r' || char === '\n') {
      spaced = true;
      start += 1;
      continue;
    }
    let end = start + 1;
    if (char === '(') {
      let comment: string;
      [comment, end] = commentAt(text, start);
      yield { kind: 'comment', text: comment, start, end };
      spaced = true;
    } else if (char === '"') {
      let quoted: string;
      [quoted, end] = delimited(text, start, '"');
      yield { kind: 'word', text: quoted, start, end, spaced, quoted: true };
      spaced = host = false;
    } else if (specials.includes(char)) {
      yield { kind: 'special', text: char, start, end };
      spaced = false;
      host = char === '@';
    } else {
      const literal = host && char === '[' ? literalEnd(text, start) : -1;
      end = literal === -1 ? wordEnd(text, start, specials) : literal;
      yield { kind: 'word', text: text.slice(start, end), start, end, spaced, quoted: false };
      spaced = host = false;
    }
    start = end;
  }
}

/** Behind its `]`; -1 where it is not closed. */
function literalEnd(text: string, start: number): number {
  const length = text.slice(start, start + LITERAL_LIMIT).indexOf(']');
  return length === -1 ? -1 : start + length + 1;
}

function wordEnd(text: string, start: number, specials: string): number {
  let at = start;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '=' && text[at + 1] === '?') {
      ENCODED_WORD.lastIndex = at;
      const found = ENCODED_WORD.exec(text);
      if (found) {
        at += found[0].length;
        continue;
      }
    }
    if (' \t\r\n"('.includes(char) || specials.includes(char)) break;
    at += 1;
  }
  return at;
}

/** What stands between delimiters, without the backslashes of quoted pairs; and where it ends. One that is not closed goes to the end. */
export function delimited(text: string, start: number, close: string): [string, number] {
  let out = '';
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') {
      out += text.slice(from, at);
      from = at + 1;
      at += 1;
    } else if (char === close) return [out + text.slice(from, at), at + 1];
  }
  return [out + text.slice(from), text.length];
}

function commentAt(text: string, start: number): [string, number] {
  let depth = 0;
  let out = '';
  let from = start + 1;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') {
      out += text.slice(from, at);
      from = at + 1;
      at += 1;
    } else if (char === '(') {
      if (depth < COMMENT_DEPTH) depth += 1;
    } else if (char === ')') {
      depth -= 1;
      if (depth === 0) return [out + text.slice(from, at), at + 1];
    }
  }
  return [out + text.slice(from), text.length];
}
