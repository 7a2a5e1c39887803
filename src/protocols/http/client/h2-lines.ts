import type { FieldLines } from '../../../contracts/exchange.ts';

/** The block as it came, name and value in turn; without it what was made of it. */
export function linesOf(raw: unknown, parsed: Readonly<Record<string, unknown>>): FieldLines {
  const flat = Array.isArray(raw)
    ? raw.map(String)
    : Object.entries(parsed).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));
  const lines: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] ?? '';
    if (!name.startsWith(':')) lines.push([name, flat[at + 1] ?? '']);
  }
  return lines;
}
