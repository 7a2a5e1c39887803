/** Flags as mail programs write them into the header of a message in a mailbox file: `Status: RO`, `X-Status: AF`. */

const LETTERS: Readonly<Record<string, string>> = {
  R: '\\Seen',
  A: '\\Answered',
  F: '\\Flagged',
  T: '\\Draft',
  D: '\\Deleted',
};
const FIELD = /^(?:X-)?Status:[ \t]*([A-Z]*)/gim;

export function statusFlags(header: Uint8Array): readonly string[] {
  const text = Buffer.from(header).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const flags = new Set<string>();
  for (const [, letters = ''] of (end === -1 ? text : text.slice(0, end)).matchAll(FIELD))
    for (const letter of letters) if (LETTERS[letter]) flags.add(LETTERS[letter]);
  return [...flags];
}
