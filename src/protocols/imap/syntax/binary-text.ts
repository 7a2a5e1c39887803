/** "Binary" strings, one octet in each character, and the Unicode they stand for. */

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const WIDE = /[\x80-\xff]/;

/** Undefined for what is not UTF-8. */
export function decodeUtf8(binary: string): string | undefined {
  if (!WIDE.test(binary)) return binary;
  try {
    return UTF8.decode(Buffer.from(binary, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Unicode → the octets of its UTF-8, as a binary string. */
export function encodeUtf8(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
