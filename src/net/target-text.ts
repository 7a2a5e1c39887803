import { CsError } from '../kit/errors.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Percent-decoding (RFC 3986 section 2.1), once. Throws `CS_INPUT` for a broken escape, octets that are not UTF-8, and for
 * NUL, CR and LF, which could end a command early. `what` names the part in the message; its text is never quoted.
 */
export function percentDecode(text: string, what: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) {
    throw new CsError('CS_INPUT', `the ${what} has a % that is not followed by two hex digits`, { hint: 'write %25' });
  }
  const decoded = text.includes('%') ? decodeOctets(text, what) : text;
  if (/[\0\r\n]/.test(decoded)) throw new CsError('CS_INPUT', `the ${what} has a line break or NUL in it`);
  if (/[\ud800-\udfff]/u.test(decoded)) throw new CsError('CS_INPUT', `the ${what} is not valid Unicode`);
  return decoded;
}

function decodeOctets(text: string, what: string): string {
  const octets: Buffer[] = text
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((part, index) => (index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part)));
  try {
    return UTF8.decode(Buffer.concat(octets));
  } catch {
    throw new CsError('CS_INPUT', `the ${what} is not UTF-8 once its percent escapes are decoded`);
  }
}

/** `/mail/3` → `['mail', '3']`. Slashes in a row are one, a final one adds nothing; `.`, `..` and slashes in a name are refused. */
export function decodePath(text: string): readonly string[] {
  return text
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      const segment = percentDecode(part, 'path');
      const wrong = segment === '.' || segment === '..' || /[/\\]/.test(segment);
      if (wrong) throw new CsError('CS_INPUT', 'the path has a "." or ".." segment, or a slash inside a segment');
      return segment;
    });
}

/** `?a=1&b` → a → `1`, b → ``. A key that comes twice is refused: nobody could say which one counts. */
export function decodeQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const part of text === '' ? [] : text.split('&')) {
    const at = part.indexOf('=');
    const key = percentDecode(at === -1 ? part : part.slice(0, at), 'query');
    if (key === '' || query.has(key)) throw new CsError('CS_INPUT', 'the query has an empty or a repeated key');
    query.set(key, at === -1 ? '' : percentDecode(part.slice(at + 1), 'query'));
  }
  return query;
}
