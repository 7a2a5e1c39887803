/** `tag=value; tag=value`: the lists of DKIM signatures, DKIM keys and DMARC records (RFC 6376 section 3.2). */

/** Undefined where the text is no such list, or names a tag twice. Names keep their case, values lose the white space around them. */
export function parseTags(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  const specs = text.split(';');
  if (specs.at(-1)!.trim() === '') specs.pop();
  for (const spec of specs) {
    const at = spec.indexOf('=');
    const name = spec.slice(0, Math.max(at, 0)).trim();
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || tags.has(name)) return undefined;
    tags.set(name, spec.slice(at + 1).trim());
  }
  return tags;
}

/** Base64 in which white space may stand; undefined for what is none. */
export function base64Value(text: string): Buffer | undefined {
  const bare = text.replace(/[ \t\r\n]/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(bare) && bare.length % 4 === 0 ? Buffer.from(bare, 'base64') : undefined;
}

/** `a : b : c`. */
export function colonList(text: string): string[] {
  return text.split(':').map((word) => word.trim());
}
