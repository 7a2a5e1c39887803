/** Content-Transfer-Encoding undone (RFC 2045 section 6). Never an error: what is no coding stays as it is. Linear. */

/** @param encoding in lower case; one that is not known changes nothing */
export function decodeTransfer(octets: Uint8Array, encoding: string): Uint8Array {
  if (encoding === 'base64') return Buffer.from(latin1(octets), 'base64');
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(octets) : octets;
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}

const [EQUALS, LF, CR, SPACE, TAB] = [61, 10, 13, 32, 9];

function decodeQuotedPrintable(octets: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (octet !== EQUALS) {
      out[length++] = octet;
      continue;
    }
    const high = hexDigit(octets[at + 1]);
    const low = hexDigit(octets[at + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at += 2;
      continue;
    }
    const end = softBreak(octets, at + 1);
    if (end === undefined) out[length++] = octet;
    else at = end;
  }
  return out.subarray(0, length);
}

/** Octets of padding that may stand between `=` and its line end. */
const PADDING = 100;

/** Where the LF of a soft line break is. */
function softBreak(octets: Uint8Array, start: number): number | undefined {
  let at = start;
  while (at - start < PADDING && (octets[at] === SPACE || octets[at] === TAB)) at += 1;
  if (octets[at] === CR) at += 1;
  return octets[at] === LF ? at : undefined;
}

function hexDigit(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 48 && octet <= 57) return octet - 48;
  const letter = octet | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
