/** `i;unicode-casemap` (RFC 5051), in whose order SORT compares texts (RFC 5256 section 3). */

const SIMPLE = /[\u0080-\uffff]/;

/** What texts are compared by: each character in its title case, then taken apart. */
export function casemap(text: string): string {
  if (!SIMPLE.test(text)) return text.toUpperCase();
  return Array.from(text, titled).join('').normalize('NFKD');
}

/** A character that would become several (the German sharp s) stays: the mapping is one to one. */
function titled(character: string): string {
  const upper = character.toUpperCase();
  return upper.length === character.length ? upper : character;
}

/** By code points, as the octets of UTF-8 are: surrogates are above all else. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return one.length - other.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
