import type { Json } from '../../contracts/journal.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showSize } from '../../kit/units.ts';
import type { Paint } from '../../ui/ui.ts';
import { byName } from '../places/walk.ts';
import type { Listed } from './list-files.ts';

type Order = (a: Listed, b: Listed) => number;

/** Largest and newest first. */
export const ORDERS: Readonly<Record<'name' | 'size' | 'time' | 'none', Order | undefined>> = {
  name: byName,
  size: (a, b) => b.facts.size - a.facts.size || byName(a, b),
  time: (a, b) => b.facts.modified - a.facts.modified || byName(a, b),
  none: undefined,
};

/** A file as JSON shows it, wherever it is. */
export function fileFacts({ name, path, facts, place }: Listed): { readonly [key: string]: Json } {
  const { kind, size, modified, mode } = facts;
  return {
    name,
    kind,
    size,
    modified_at: modified > 0 ? new Date(modified).toISOString() : null,
    mode: mode === undefined ? null : mode.toString(8).padStart(3, '0'),
    ...(place.url ? { url: place.url(path) } : { path: place.show(path) }),
  };
}

/** Size, time, name. */
export function columns(all: readonly Listed[], paint: Paint): string {
  const rows = all.map(({ name, facts }) => ({
    size: facts.kind === 'directory' ? '-' : showSize(facts.size),
    time: facts.modified > 0 ? new Date(facts.modified).toISOString().slice(0, 16).replace('T', ' ') : '-',
    name: escapeLine(name, 4096),
    directory: facts.kind === 'directory',
  }));
  const width = Math.max(0, ...rows.map(({ size }) => size.length));
  const line = ({ size, time, name, directory }: (typeof rows)[number]): string =>
    `${size.padStart(width)}  ${time.padEnd(16)}  ${directory ? paint.bold(`${name}/`) : name}`;
  return rows.map(line).join('\n');
}
