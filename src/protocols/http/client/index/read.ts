/** The lists of files that servers make: JSON where there is one, else the page's links and what stands beside them. */
import type { FileName } from '../../../../kit/file-path.ts';
import { htmlIndex } from './html.ts';
import { jsonIndex } from './json.ts';

export interface IndexEntry {
  readonly name: FileName;
  readonly kind: 'file' | 'directory';
  /** Octets, only where it is told exactly. */
  readonly size: number | undefined;
  /** Milliseconds since 1970, as exactly as it is told. */
  readonly modified: number | undefined;
  readonly tag?: string;
}

/** Undefined: this is no list of files. @param url where the list stands; every name is one below it */
export function readIndex(text: string, type: string, url: URL): readonly IndexEntry[] | undefined {
  const json = /\bjson\b/i.test(type);
  const found = json ? jsonIndex(text) : /\bhtml\b/i.test(type) ? htmlIndex(text, url) : undefined;
  if (found === undefined) return undefined;
  const names = new Map<string, IndexEntry>();
  for (const entry of found) if (!names.has(entry.name)) names.set(entry.name, entry);
  return [...names.values()];
}
