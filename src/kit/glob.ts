/**
 * Patterns of names and of paths: `*`, `?`, `[a-z]`, `[!x]` inside a name, `**` for any number of names, `\` before a sign
 * that means itself. No regular expression: a match takes at most name times pattern steps, whatever stands in either.
 */
import { CsError } from './errors.ts';

type Token =
  | { readonly kind: 'sign'; readonly sign: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** Signs of one pattern. */
const LONGEST = 1024;

export interface NameGlob {
  /** The name it means where it holds no pattern. */
  readonly literal: string | undefined;
  matches(name: string): boolean;
}

/** A pattern of one name. Throws `CS_USAGE` for one that is too long or a `[` that is never closed. */
export function nameGlob(text: string): NameGlob {
  const tokens = tokensOf(text);
  const literal = tokens.every(isSign) ? tokens.map(({ sign }) => sign).join('') : undefined;
  if (literal !== undefined) return { literal, matches: (name) => name === literal };
  return { literal, matches: (name) => matchTokens(tokens, Array.from(name)) };
}

/** Whether it means anything but itself. */
export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text);
}

/** A name as the pattern that means only it. */
export function escapeGlob(name: string): string {
  return name.replace(/[*?[\]\\]/g, '\\$&');
}

function isSign(token: Token): token is Extract<Token, { kind: 'sign' }> {
  return token.kind === 'sign';
}

function tokensOf(text: string): readonly Token[] {
  if (text.length > LONGEST) throw new CsError('CS_USAGE', `a pattern longer than ${LONGEST} signs`);
  const signs = Array.from(text);
  const tokens: Token[] = [];
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at]!;
    if (sign === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (sign === '?') tokens.push({ kind: 'any' });
    else if (sign === '[') {
      const { token, end } = setAt(signs, at, text);
      tokens.push(token);
      at = end;
    } else if (sign === '\\' && at + 1 < signs.length) tokens.push({ kind: 'sign', sign: signs[++at]! });
    else tokens.push({ kind: 'sign', sign });
  }
  return tokens;
}

/** `[a-z0-9_]`, `[!a]`, `[^a]`; a `]` right behind the opening is one of them. */
function setAt(signs: readonly string[], start: number, text: string): { token: Token; end: number } {
  const negated = signs[start + 1] === '!' || signs[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  const ranges: [string, string][] = [];
  for (let at = first; at < signs.length; at++) {
    if (signs[at] === ']' && at > first) return { token: { kind: 'set', negated, ranges }, end: at };
    if (signs[at] === '\\') at += 1;
    const low = signs[at] ?? '';
    const high = signs[at + 1] === '-' && signs[at + 2] !== undefined && signs[at + 2] !== ']' ? signs[at + 2]! : low;
    if (high !== low) at += 2;
    ranges.push([low, high]);
  }
  throw new CsError('CS_USAGE', `a [ that is never closed: ${JSON.stringify(text)}`, {
    hint: 'write \\[ for the sign',
  });
}

/** Goes back only to the last star: what stood before it is settled. */
function matchTokens(tokens: readonly Token[], signs: readonly string[]): boolean {
  let token = 0;
  let sign = 0;
  let star = -1;
  let mark = 0;
  while (sign < signs.length) {
    const now = tokens[token];
    if (now?.kind === 'star') {
      star = token++;
      mark = sign;
    } else if (now !== undefined && takes(now, signs[sign]!)) {
      token += 1;
      sign += 1;
    } else if (star >= 0) {
      token = star + 1;
      sign = ++mark;
    } else return false;
  }
  while (tokens[token]?.kind === 'star') token += 1;
  return token === tokens.length;
}

function takes(token: Token, sign: string): boolean {
  if (token.kind === 'sign') return token.sign === sign;
  if (token.kind === 'any') return true;
  if (token.kind === 'star') return false;
  return token.ranges.some(([low, high]) => low <= sign && sign <= high) !== token.negated;
}
