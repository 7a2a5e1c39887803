/** Addresses as text for people: a list's items as they stand, and what each is called. For browsers too: nothing of Node. */
import { type Listed, listed } from './addresses.ts';

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/**
 * `Ann <ann@x.test>, "B, C" <d@x.test>` → two of them as they stand; `Friends: a@x.test, b@x.test;` → its members.
 * `Re: Ann <a@x.test>` is one, colon and all: a group has its `;`.
 */
export function addressTexts(list: string, most = Number.POSITIVE_INFINITY): readonly string[] {
  // Nearly all fields hold one address, and nothing that could part it.
  if (!/[,;:"()[\\]/.test(list)) {
    const text = list.trim();
    return text === '' || text === '<>' ? [] : [text];
  }
  return members(list, most).map(({ start, end }) => list.slice(start, end));
}

/** `Ann <ann@x.test>`, or `ann@x.test (Ann)` as names were written before there were angles; of several the first, of none the text. */
export function mailAddress(written: string): MailAddress {
  const [first] = members(written, 1);
  if (first === undefined) return { name: '', address: written.trim() };
  return { name: (first.group + (first.address.name ?? '')).trim(), address: first.spec };
}

interface Member extends Listed {
  /** `Re: `, where it stands behind what would be the name of a group. */
  readonly group: string;
}

function members(list: string, most: number): Member[] {
  const found: Member[] = [];
  const closed = list.lastIndexOf(';');
  let before: Listed | undefined;
  // The beginnings and ends of groups count too.
  for (const one of listed(list, { left: 3 * most + 2 })) {
    const { mailbox, host } = one.address;
    if (host === undefined) {
      before = mailbox !== undefined && one.end > closed ? one : undefined;
      continue;
    }
    found.push(before ? { ...one, start: before.start, group: `${before.address.mailbox}: ` } : { ...one, group: '' });
    before = undefined;
  }
  return found.slice(0, most);
}
