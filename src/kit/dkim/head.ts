/** The header of a message as it is: fields in their order, unfolded only where they are read. */

export interface Field {
  readonly name: string;
  /** As it stands, folded, without the CRLF at its end. */
  readonly raw: string;
}

/** Octets of a header; no mail program writes more. */
export const LARGEST_HEAD = 1024 * 1024;

/** Where header and body part; the empty line belongs to neither. */
export function splitMessage(message: Buffer): { head: Buffer; body: Buffer } {
  if (message.subarray(0, 2).equals(CRLF)) return { head: Buffer.alloc(0), body: message.subarray(2) };
  const at = message.indexOf('\r\n\r\n');
  return at === -1
    ? { head: message, body: Buffer.alloc(0) }
    : { head: message.subarray(0, at + 2), body: message.subarray(at + 4) };
}

const CRLF = Buffer.from('\r\n');

/** Octets are kept as Latin-1 characters, so that nothing is lost on the way back. */
export function headFields(head: Buffer): Field[] {
  const fields: Field[] = [];
  for (const line of head.toString('latin1').split('\r\n')) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) fields[fields.length - 1] = { name: last.name, raw: `${last.raw}\r\n${line}` };
    else if (line.includes(':'))
      fields.push({ name: line.slice(0, line.indexOf(':')).trim().toLowerCase(), raw: line });
  }
  return fields;
}

/** The values of the fields of this name, unfolded. */
export function fieldValues(head: Buffer, name: string): string[] {
  return headFields(head)
    .filter((field) => field.name === name)
    .map(({ raw }) => Buffer.from(raw.slice(raw.indexOf(':') + 1), 'latin1').toString('utf8'))
    .map((value) => value.replace(/\r\n(?=[ \t])/g, '').trim());
}
