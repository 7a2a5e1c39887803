/** An index as columns of a row, and back. */
import type { MessageIndex, SortKeys } from '../../contracts/mail.ts';
import { HEADER_LIMIT } from '../../kit/mime/header-text.ts';
import type { IndexColumns } from './calls.ts';

/**
 * Octets of a content above which its header has a column of its own: the rest of it need not be read for a header. One
 * without end has none: it is the content again.
 */
const LONG = 16 * 1024;

export function indexColumns(
  index: MessageIndex,
  size: number,
  read: (start: number, end: number) => Uint8Array,
): IndexColumns {
  const { root, envelope, structure, keys } = index;
  return {
    headerEnd: root.body,
    root: JSON.stringify(root),
    envelope,
    structure,
    keys: JSON.stringify(keys),
    header: size > LONG && root.body <= HEADER_LIMIT ? Uint8Array.from(read(0, root.body)) : undefined,
  };
}

export const FROM_COLUMN: { readonly [K in keyof MessageIndex]: (text: string) => MessageIndex[K] } = {
  root: (text) => JSON.parse(text),
  envelope: (text) => text,
  structure: (text) => text,
  keys: (text) => {
    const keys = JSON.parse(text) as SortKeys & { readonly sentAt: number | null };
    // JSON has no NaN.
    return { ...keys, sentAt: keys.sentAt ?? Number.NaN };
  },
};
