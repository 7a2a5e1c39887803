/** `cs.yaml`: maps, lists and scalars; unknown keys, anchors, aliases and tags are errors (surface.md section 8). */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CsError } from '../kit/errors.ts';
import { flagName, type Options } from '../kit/option.ts';
import { suggest } from '../kit/suggest.ts';
import type { Environment, Layer } from './resolve.ts';

export type Tree = { readonly [key: string]: unknown };

export interface Config {
  readonly tree: Tree;
  /** `/path/cs.yaml:3`, where the key stands; the file alone where it is not there. */
  readonly where: Where;
}

export type Where = (path: readonly string[]) => string;

/** Characters of a file. Nobody writes so many, and a broken one costs its parser more than its length. */
const LONGEST = 64 * 1024;

/** Collections inside each other, on one line or in brackets. The parser goes down them on the stack, and ends the process where that is full. */
const DEEPEST = 50;

/** What a file may hold: global keys at the top, each protocol's and store's options under its name. */
export interface Shape {
  readonly top: Options;
  readonly sections: Readonly<Record<string, Options>>;
}

/** The files that count, project before user. `explicit` must exist. */
export function configFiles(explicit: string | undefined, cwd: string, env: Environment): string[] {
  if (explicit !== undefined) {
    if (!existsSync(explicit)) throw new CsError('CS_CONFIG', `no configuration file ${explicit}`);
    return [explicit];
  }
  const home = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : undefined);
  const user = home && join(home, 'cs', 'cs.yaml');
  return [projectFile(cwd), user].filter((file): file is string => Boolean(file) && existsSync(file as string));
}

/** In `cwd` or above it, up to the root of the repository. */
function projectFile(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, 'cs.yaml');
    if (existsSync(file)) return file;
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return undefined;
  }
}

export function readConfig(file: string): Promise<Config> {
  return parseConfig(readFileSync(file, 'utf8'), file);
}

/** @param file for messages. Throws `CS_CONFIG`. */
export async function parseConfig(text: string, file: string): Promise<Config> {
  if (text.length > LONGEST) throw new CsError('CS_CONFIG', `${file}: longer than ${LONGEST / 1024} KiB`);
  const { isMap, isScalar, Lexer, LineCounter, parseDocument, visit } = await import('yaml');
  if (depthOf(new Lexer().lex(text)) > DEEPEST) throw new CsError('CS_CONFIG', `${file}: nested too deep`);
  const lines = new LineCounter();
  // The place of every problem in a picture of its line costs the square of a broken file: one place is told, by its number.
  const how = { uniqueKeys: true, schema: 'core', merge: false, prettyErrors: false, lineCounter: lines } as const;
  const document = parseDocument(text, how);
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new CsError('CS_CONFIG', `${file}: ${problem.message} at line ${line}, column ${col}`);
  }
  const at = (offset: number | undefined): string =>
    offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  visit(document, {
    // A key that is a map or a list would be written out again for each level it is in.
    Pair: (_key, { key }) => {
      if (!isScalar(key)) refuse(file, 'keys that are no text');
    },
    Alias: (_key, { range }) => refuse(at(range?.[0]), 'aliases'),
    Node: (_key, node) => {
      if ('anchor' in node && node.anchor) refuse(at(node.range?.[0]), 'anchors');
      if (node.tag !== undefined) refuse(at(node.range?.[0]), 'tags');
    },
  });
  const tree: unknown = document.toJS() ?? {};
  if (typeof tree !== 'object' || Array.isArray(tree)) throw new CsError('CS_CONFIG', `${file}: not a map of keys`);
  const where: Where = (path) => {
    let [node, offset]: [unknown, number | undefined] = [document.contents, undefined];
    for (const name of path) {
      const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
      if (pair === undefined) return file;
      [node, offset] = [pair.value, isScalar(pair.key) ? pair.key.range?.[0] : undefined];
    }
    return at(offset);
  };
  return { tree: tree as Tree, where };
}

/** @param lexemes what counts is a text of its own: an indicator of one character, or a line's end. Indentation costs its square, and needs no bound */
function depthOf(lexemes: Iterable<string>): number {
  let [brackets, indicators, deepest] = [0, 0, 0];
  for (const lexeme of lexemes) {
    if (lexeme === '[' || lexeme === '{') brackets += 1;
    else if (lexeme === ']' || lexeme === '}') brackets = Math.max(0, brackets - 1);
    else if (lexeme === '-' || lexeme === '?') indicators += 1;
    else if (lexeme.includes('\n')) indicators = 0;
    deepest = Math.max(deepest, brackets + indicators);
  }
  return deepest;
}

function refuse(place: string, what: string): never {
  throw new CsError('CS_CONFIG', `${place}: ${what} are not taken here`, { hint: 'write the value out' });
}

/** `profiles: { ci: { ... } }` laid over the rest. */
export function withProfile({ tree, where }: Config, profile: string | undefined, file: string): Config {
  const { profiles, ...rest } = tree;
  if (profile === undefined) return { tree: rest, where };
  const chosen = profiles && typeof profiles === 'object' ? (profiles as Tree)[profile] : undefined;
  if (chosen === undefined || chosen === null || typeof chosen !== 'object') {
    throw new CsError('CS_CONFIG', `${file}: no profile ${JSON.stringify(profile)}`);
  }
  return {
    tree: { ...rest, ...(chosen as Tree) },
    where: (path) => where(Object.hasOwn(chosen, path[0] ?? '') ? ['profiles', profile, ...path] : path),
  };
}

/** The layer of the top keys (`section` undefined) or of one section; every unknown key is an error with a suggestion. */
export function fileLayers(
  { tree, where }: Config,
  file: string,
  shape: Shape,
): { top: Layer; sections: Record<string, Layer> } {
  const sections: Record<string, Layer> = {};
  const top: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(tree)) {
    const section = Object.hasOwn(shape.sections, key) ? shape.sections[key] : undefined;
    if (section !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value)) {
      const place = (inner: string): string => where([key, inner]);
      sections[key] = { origin: file, place, values: texts(value as Tree, section, place, `${key}.`) };
    } else if (key !== 'services') top[key] = value;
  }
  const place = (key: string): string => where([key]);
  const values = texts(top, shape.top, place, '', Object.keys(shape.sections));
  return { top: { origin: file, place, values }, sections };
}

/** `services:` of the file, one name or a list. */
export function namedServices({ tree: { services }, where }: Config): readonly string[] {
  if (services === undefined || services === null) return [];
  const names: readonly unknown[] = Array.isArray(services) ? services : [services];
  if (names.every((name) => typeof name === 'string')) return names as readonly string[];
  throw new CsError('CS_CONFIG', `${where(['services'])}: services takes names`, { hint: 'services: [smtp, http]' });
}

function texts(
  tree: Tree,
  options: Options,
  place: (key: string) => string,
  prefix: string,
  more: readonly string[] = [],
): Layer['values'] {
  const values: Record<string, readonly string[]> = {};
  for (const [key, value] of Object.entries(tree)) {
    if (!Object.hasOwn(options, key)) {
      const near = suggest(key, [...Object.keys(options), ...more]);
      throw new CsError('CS_CONFIG', `${place(key)}: unknown key ${prefix}${key}`, {
        hint: near ? `did you mean ${prefix}${near}?` : 'cs config schema lists the keys',
      });
    }
    const items = Array.isArray(value) ? value : [value];
    const one = options[key]?.many ? false : items.length !== 1 || Array.isArray(value);
    if (one || items.some((item) => item === null || typeof item === 'object')) {
      throw new CsError(
        'CS_CONFIG',
        `${place(key)}: ${prefix}${key} takes a value${options[key]?.many ? ' or a list' : ''}`,
        {
          hint: `on the command line it is --${flagName(key)}`,
        },
      );
    }
    values[key] = items.map(String);
  }
  return values;
}
