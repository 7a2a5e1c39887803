/** `Ann <ann@x.test>` as a header has it, taken apart for showing: what is strange is shown as it stands. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

export function mailAddress(written: string): MailAddress {
  const text = written.trim();
  const open = text.lastIndexOf('<');
  if (open === -1 || !text.endsWith('>')) return { name: '', address: text };
  return { name: unquoted(text.slice(0, open).trim()), address: text.slice(open + 1, -1).trim() };
}

function unquoted(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name;
  return name.slice(1, -1).replace(/\\(.)/gs, '$1');
}
