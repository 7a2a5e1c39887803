/** HEADER.FIELDS: some fields of a header, octet for octet, in their order, and the empty line. */

const LF = 10;
const COLON = 0x3a;
const CRLF = Buffer.from('\r\n');

/** @param not those that are not named, in place of those that are */
export function headerFields(header: Uint8Array, names: ReadonlySet<string>, not: boolean): Buffer {
  const kept: Uint8Array[] = [];
  let taken = false;
  let from = 0;
  for (let at = 0; at < header.length; ) {
    const end = header.indexOf(LF, at);
    const next = end === -1 ? header.length : end + 1;
    const first = header[at];
    // A folded line goes with the one before it.
    if (first !== 0x20 && first !== 0x09) {
      if (taken) kept.push(header.subarray(from, at));
      from = at;
      taken = isField(header, at, next) && names.has(fieldName(header, at, next)) !== not;
      if (isBlank(header, at, next)) break;
    }
    at = next;
    if (at >= header.length && taken) kept.push(header.subarray(from, at));
  }
  kept.push(CRLF);
  return Buffer.concat(kept);
}

function isBlank(header: Uint8Array, at: number, next: number): boolean {
  return next - at <= 2 && (header[at] === LF || header[at] === 13);
}

function isField(header: Uint8Array, at: number, next: number): boolean {
  const colon = header.indexOf(COLON, at);
  return colon > at && colon < next;
}

function fieldName(header: Uint8Array, at: number, next: number): string {
  const colon = Math.min(header.indexOf(COLON, at), next);
  return Buffer.prototype.latin1Slice.call(header, at, colon).trimEnd().toLowerCase();
}
