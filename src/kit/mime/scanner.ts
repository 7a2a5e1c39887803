/** The lexical layer of structured header fields (RFC 5322 section 3.2): each octet is looked at once. */

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly spaced: boolean; readonly quoted: boolean }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'special'; readonly text: string };

/** Comments in comments beyond this depth are one. */
const COMMENT_DEPTH = 50;
/** Some writers leave commas and angles in an encoded word as they are. */
const ENCODED_WORD = /=\?[^?\s]{1,64}\?[bqBQ]\?[^?\s]*\?=/y;

/**
 * @param specials characters that stand for themselves; `"` and `(` always begin what they begin
 */
export function* scan(text: string, specials: string): Generator<Token> {
  let at = 0;
  let spaced = false;
  while (at < text.length) {
    const char = text[at]!;
    if (char === ' ' || char === '\t') {
      spaced = true;
      at += 1;
    } else if (char === '"') {
      const [quoted, end] = delimited(text, at, '"');
      yield { kind: 'word', text: quoted, spaced, quoted: true };
      at = end;
      spaced = false;
    } else if (char === '(') {
      const [comment, end] = commentAt(text, at);
      yield { kind: 'comment', text: comment };
      at = end;
      spaced = true;
    } else if (specials.includes(char)) {
      yield { kind: 'special', text: char };
      at += 1;
      spaced = false;
    } else {
      const end = wordEnd(text, at, specials);
      yield { kind: 'word', text: text.slice(at, end), spaced, quoted: false };
      at = end;
      spaced = false;
    }
  }
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
    if (char === ' ' || char === '\t' || char === '"' || char === '(' || specials.includes(char)) break;
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
