/** `a=1 b[c]=2 d[]=3` as one JSON object. */
import type { Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';

const DEPTH = 50;
const ITEMS = 10_000;

/** An object without a prototype, or a list. */
type Node = Record<string, unknown>;

/** Names with brackets are paths: `a[b]` inside, `a[]` at the end of a list, `a[3]` in a list. Throws `CS_USAGE`. */
export function jsonObject(items: Iterable<readonly [name: string, value: Json]>): Json {
  const root: Node = Object.create(null);
  for (const [name, value] of items) put(root, pathOf(name), value, name);
  return root as { readonly [key: string]: Json };
}

function pathOf(name: string): readonly string[] {
  const [, first, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (first === undefined) return [name];
  return [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, inner = '']) => inner)];
}

function put(root: Node, path: readonly string[], value: Json, name: string): void {
  if (path.length > DEPTH) throw new CsError('CS_USAGE', `${name} nests deeper than ${DEPTH}`);
  let at = root;
  for (const [index, step] of path.entries()) {
    const next = path[index + 1];
    const key = keyOf(at, step, name);
    const inside = Object.hasOwn(at, key) ? at[key] : undefined;
    if (next === undefined) {
      if (inside !== undefined) throw new CsError('CS_USAGE', `${name} is given twice`);
      at[key] = value;
      return;
    }
    if (inside !== undefined && (typeof inside !== 'object' || inside === null)) {
      throw new CsError('CS_USAGE', `${name} would be inside what is no object`);
    }
    const made = (inside ?? (/^\d*$/.test(next) ? [] : Object.create(null))) as Node;
    at[key] = made;
    at = made;
  }
}

function keyOf(at: Node, step: string, name: string): string {
  if (!Array.isArray(at)) return step;
  const index = step === '' ? at.length : /^\d{1,5}$/.test(step) ? Number(step) : Number.NaN;
  if (!(index <= at.length && index < ITEMS)) throw new CsError('CS_USAGE', `${name} names no place in the list`);
  return String(index);
}
