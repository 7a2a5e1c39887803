/** `Ann <ann@x.test>` as a header has it, taken apart for showing: what is strange is shown as it stands. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

export function mailAddress(written: string): MailAddress {
  const text = written.trim();
  const open = text.lastIndexOf('<');
  if (open === -1 || !text.endsWith('>')) return commented(text);
  return { name: unquoted(text.slice(0, open).trim()), address: text.slice(open + 1, -1).trim() };
}

/** `ann@x.test (Ann)`, as names were written before there were angles. */
function commented(text: string): MailAddress {
  const open = text.indexOf('(');
  if (open < 1 || !text.endsWith(')') || text.indexOf('@') > open) return { name: '', address: text };
  return { name: text.slice(open + 1, -1).trim(), address: text.slice(0, open).trim() };
}

/** `Ann <ann@x.test>, "B, C" <d@x.test>` → two of them; `Friends: a@x.test, b@x.test;` → its members. A comma in quotes, a comment or angle brackets is none. Linear, never an error. */
export function addressTexts(list: string): readonly string[] {
  const found: string[] = [];
  let begun = 0;
  let within = '';
  let depth = 0;
  const grouped = list.lastIndexOf(';');
  for (let at = 0; at < list.length; at++) {
    const sign = list[at]!;
    if (sign === '\\' && within !== '' && within !== '<') at += 1;
    else if (within === '"') within = sign === '"' ? '' : within;
    else if (within === '(') {
      depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
      if (depth === 0) within = '';
    } else if (within === '<') within = sign === '>' ? '' : within;
    else if (within === '[') within = sign === ']' ? '' : within;
    else if (sign === '"' || sign === '<' || sign === '[') within = sign;
    else if (sign === '(') {
      within = sign;
      depth = 1;
    } else if (sign === ',' || sign === ';') {
      found.push(list.slice(begun, at));
      begun = at + 1;
    } else if (sign === ':' && at < grouped) begun = at + 1;
  }
  found.push(list.slice(begun));
  return found.map((text) => text.trim()).filter((text) => text !== '' && text !== '<>');
}

function unquoted(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name;
  return name.slice(1, -1).replace(/\\(.)/gs, '$1');
}
