/** Modified UTF-7 (RFC 3501 section 5.1.3): Unicode names in ASCII, on IMAP's wire and as directories of Maildir++. */

const SHIFTED = /&([A-Za-z0-9+,]*)-/g;
const UNPRINTABLE = /[^\x20-\x7e]+/g;
const LONE_SURROGATE = /\p{Surrogate}/u;

export function encodeUtf7(name: string): string {
  return name.replaceAll('&', '&-').replace(UNPRINTABLE, (run) => {
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

/**
 * Characters beyond ASCII stand for themselves. Undefined for what could have been written otherwise (a printable character in
 * base64, an odd octet, a lone surrogate), so that no name has two forms.
 */
export function decodeUtf7(text: string): string | undefined {
  if (!text.includes('&')) return text;
  if (/&(?![A-Za-z0-9+,]*-)/.test(text)) return undefined;
  let sound = true;
  const name = text.replace(SHIFTED, (_, base64: string) => {
    if (base64 === '') return '&';
    const decoded = shifted(base64);
    sound &&= decoded !== undefined;
    return decoded ?? '';
  });
  return sound && encodeUtf7(name) === text ? name : undefined;
}

function shifted(base64: string): string | undefined {
  const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64');
  if (octets.length === 0 || octets.length % 2 !== 0) return undefined;
  const text = octets.swap16().toString('utf16le');
  return LONE_SURROGATE.test(text) ? undefined : text;
}
