/** Tags of people as IMAP keywords (RFC 9051 section 2.3.2), so that every mail program sees them: octets that no atom may hold stand as `=XX`. */
import { CsError } from '../../../kit/errors.ts';

const LENGTH = 100;
const PLAIN = /^[A-Za-z0-9._@+-]$/;

/** Throws `CS_INPUT` for what is empty, too long or holds a control. */
export function keywordOf(tag: string): string {
  const name = tag.trim();
  if (name === '' || name.length > LENGTH || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) {
    throw new CsError('CS_INPUT', `not a tag: ${JSON.stringify(tag.slice(0, LENGTH))}`);
  }
  const octets = [...Buffer.from(name)];
  return octets
    .map((octet) => {
      const char = String.fromCharCode(octet);
      return PLAIN.test(char) ? char : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** Keywords of programs (`$Forwarded`) and system flags (`\Seen`) are no tags. */
export function tagsOf(flags: readonly string[]): readonly string[] {
  return flags.filter((flag) => !/^[\\$]/.test(flag)).map(tagOf);
}

function tagOf(keyword: string): string {
  if (!keyword.includes('=')) return keyword;
  const octets = keyword.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(octets, 'latin1').toString('utf8');
}
