/**
 * Many rows as few long texts: a row a message would cost more than all else. SQLite joins a column to one text, which
 * crosses as octets and is taken apart without a string for each row.
 */

const COMMA = 0x2c;
const MINUS = 0x2d;
const LF = 10;
const ZERO = 0x30;

/** A column of whole numbers, none of them NULL, joined for `readNumbers`. */
export function packedNumbers(expression: string): string {
  return `CAST(group_concat(${expression}) AS BLOB)`;
}

/** A column of texts without line ends, joined for `readLines`. */
export function packedLines(expression: string): string {
  return `CAST(group_concat(${expression}, char(10)) AS BLOB)`;
}

/** Octets of every row that is not NULL, one behind the other. */
export function packedOctets(expression: string): string {
  return `CAST(group_concat(${expression}, '') AS BLOB)`;
}

/** Fills a column; NULL is what no rows give. */
export function readNumbers<T extends { [at: number]: number }>(packed: Uint8Array | null, into: T): T {
  if (packed === null) return into;
  let row = 0;
  let value = 0;
  let sign = 1;
  for (let at = 0; at < packed.length; at++) {
    const octet = packed[at]!;
    if (octet === COMMA) {
      into[row++] = sign * value;
      value = 0;
      sign = 1;
    } else if (octet === MINUS) sign = -1;
    else value = value * 10 + (octet - ZERO);
  }
  into[row] = sign * value;
  return into;
}

/**
 * Fills a column with what each line stands for. Neighbours are mostly alike, and a line that is the one before it is
 * not looked at again.
 */
export function readLines<T extends { [at: number]: number }>(
  packed: Uint8Array | null,
  into: T,
  meaningOf: (line: string) => number,
): T {
  if (packed === null) return into;
  const octets = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  let row = 0;
  let value = 0;
  let [last, lastEnd] = [0, -1];
  for (let from = 0; from <= octets.length; ) {
    const found = octets.indexOf(LF, from);
    const end = found === -1 ? octets.length : found;
    if (!alike(octets, last, lastEnd, from, end)) value = meaningOf(octets.toString('utf8', from, end));
    [last, lastEnd] = [from, end];
    into[row++] = value;
    from = end + 1;
  }
  return into;
}

function alike(octets: Uint8Array, from: number, end: number, other: number, otherEnd: number): boolean {
  if (end - from !== otherEnd - other) return false;
  for (let at = 0; at < end - from; at++) if (octets[from + at] !== octets[other + at]) return false;
  return true;
}
