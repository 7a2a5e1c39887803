/** Names and values on their way into HTML. */
import type { FileEntry } from '../../../contracts/files.ts';
import { escapeLine } from '../../../kit/escape.ts';

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for quoted attributes. */
export function html(text: string): string {
  return text.replace(/[&<>"']/g, (unit) => ENTITY[unit]!);
}

/** A name as it is shown: nothing in it turns the text around or hides. */
export function shown(name: string): string {
  return html(escapeLine(name));
}

/** From the directory's own page. `./` in front: `javascript:x` is a name, not a scheme. */
export function entryHref({ name, kind }: Pick<FileEntry, 'name' | 'kind'>): string {
  return `./${html(encodeURIComponent(name))}${kind === 'directory' ? '/' : ''}`;
}

/** From the root of the server; begins with exactly one slash, as no name is empty. */
export function directoryHref(path: readonly string[]): string {
  return html(['', ...path.map(encodeURIComponent), ''].join('/'));
}
