import { CsError } from '../../kit/errors.ts';

/** Octets of one name in any usual file system. */
const LONGEST = 255;
/** Names that mean something else there, or nothing. */
const TAKEN = /^(?:cur|new|tmp)$/i;

/**
 * A mailbox name, perhaps a foreign server's, as names of directories: nothing in it leads anywhere, and `mailboxOf` gives it
 * back. Throws `CS_INPUT` for one that is too long.
 */
export function partsOf(mailbox: string): string[] {
  return mailbox.split('/').map((part) => {
    const safe = part.replace(/[\0-\x1f\x7f%\\:*?"<>|]/g, escaped).replace(/^[.]|[. ]$/g, escaped);
    const name = TAKEN.test(safe) ? escaped(safe[0]!) + safe.slice(1) : safe;
    if (name === '' || Buffer.byteLength(name) > LONGEST - 5) {
      throw new CsError('CS_INPUT', `not a name for a directory: ${JSON.stringify(mailbox.slice(0, 100))}`);
    }
    return name;
  });
}

export function mailboxOf(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/%([0-9A-F]{2})/g, unescaped)).join('/');
}

function escaped(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function unescaped(_whole: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}
