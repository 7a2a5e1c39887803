import type { Json } from '../contracts/journal.ts';
import { CsError } from '../kit/errors.ts';
import type { Result } from './ui.ts';

/** `messages.0.id` → the value there. Only own keys count, so `constructor` is nobody's. */
export function pick(object: Json, path: string): Json {
  let at: Json = object;
  for (const step of path.split('.')) {
    const inside: Json | undefined =
      at !== null && typeof at === 'object' && Object.hasOwn(at, step)
        ? (at as { readonly [key: string]: Json })[step]
        : undefined;
    if (inside === undefined) {
      throw new CsError('CS_NOT_FOUND', `the result has nothing at ${JSON.stringify(path)}`, {
        hint: 'look at the whole result with --json',
      });
    }
    at = inside;
  }
  return at;
}

export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `{id} {subject}`: names in braces are paths; `{{` is a brace; `\t` and `\n` are what they say. */
export function format(object: Json, template: string): string {
  return template
    .replace(/\\t/g, '\t')
    .replace(/\\n/g, '\n')
    .replace(/\{\{|\{([\w.-]{1,200})\}/g, (all, path?: string) =>
      path === undefined ? all.slice(1) : asText(pick(object, path)),
    );
}

/** `--json=id,subject` keeps those keys (and the schema); `*` and words with `+` keep all. */
export function fields(object: Result, list: string): Json {
  const names = list.split(',').filter((name) => name !== '*' && !name.startsWith('+') && name !== '');
  if (names.length === 0) return object;
  const kept: Record<string, Json> = { schema: object.schema };
  for (const name of names) kept[name] = Object.hasOwn(object, name) ? (object[name] ?? null) : null;
  return kept;
}
