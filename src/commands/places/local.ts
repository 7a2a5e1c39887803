/** A local path as a place: the disk tree of the directory it lies in. */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileTree } from '../../contracts/files.ts';
import type { Log, OpenTree } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, isFileName } from '../../kit/file-path.ts';
import { openTree } from '../serving/open-tree.ts';
import { type Operand, pathIn } from './operand.ts';
import type { FilePlace } from './place.ts';

/** Opens the tree of a directory, once each. */
export class LocalTrees implements AsyncDisposable {
  readonly #log: Log;
  readonly #umask: number | undefined;
  readonly #open = new Map<string, Promise<OpenTree>>();

  /** @param umask of whoever called: what is made here is theirs */
  constructor(log: Log, umask?: number) {
    this.#log = log;
    this.#umask = umask;
  }

  async tree(root: string): Promise<FileTree> {
    let opened = this.#open.get(root);
    if (opened === undefined) {
      if (this.#umask !== undefined) process.umask(this.#umask);
      opened = openTree({ ui: { log: this.#log } }, 'disk', root, MANNER);
      this.#open.set(root, opened);
    }
    return (await opened).tree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#open.values()) {
      const tree = await opened.catch(() => undefined);
      await tree?.[Symbol.asyncDispose]();
    }
  }
}

/** Links lead wherever they lead, nothing is synced file by file, and what is not whole stands beside its name. */
const MANNER = { followSymlinks: true, durability: 'process', staging: 'beside' };

/**
 * The directory the last name is in is the root; `.`, `..` and `/` have no last name, and are roots themselves.
 * @param together where all of these paths lie, so that one can be renamed to another
 */
export async function localPlace(
  operand: Operand,
  local: LocalTrees,
  together: string | undefined,
): Promise<FilePlace> {
  const absolute = resolve(operand.base);
  const bare =
    operand.patterns.length > 0 || /(?:^|\/)\.{0,2}\/*$/.test(operand.base) || absolute === dirname(absolute);
  const { real, missing } = deepest(bare ? absolute : dirname(absolute), operand.text);
  const root = together ?? real;
  const names = [...namesBelow(root, real), ...missing, ...(bare ? [] : [basename(absolute)])];
  const tree = await local.tree(root);
  return {
    tree,
    path: pathIn(operand, names),
    operand,
    home: root === '/' ? '' : root,
    local: true,
    unnamed: (path) => unnamedIn(join(root, ...path)),
    isLink: (path) => lstatSync(join(root, ...path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false,
    show: (path) => shown(operand, absolute, names, root, path),
  };
}

/** The deepest directory that holds all of them. */
export function commonDirectory(operands: readonly Operand[]): string | undefined {
  const local = operands.filter(({ kind }) => kind === 'local');
  if (local.length < 2) return undefined;
  const parts = local.map(({ base, text }) => deepest(dirname(resolve(base)), text).real.split('/'));
  const [first = []] = parts;
  const end = first.findIndex((part, at) => parts.some((one) => one[at] !== part));
  return (end === -1 ? first : first.slice(0, end)).join('/') || '/';
}

function unnamedIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => !isFileName(name));
  } catch {
    // Whoever lists it will be told.
    return [];
  }
}

function namesBelow(root: string, directory: string): readonly string[] {
  return directory
    .slice(root.length)
    .split('/')
    .filter((name) => name !== '');
}

/** The deepest directory that is there, and the names below it that are not: a tree says so when it is asked. */
function deepest(directory: string, text: string): { readonly real: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  for (let at = directory; ; at = dirname(at)) {
    try {
      const real = realpathSync(at);
      if (statSync(real).isDirectory()) return { real, missing };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      missing.unshift(basename(at));
      continue;
    }
    throw new CsError('CS_NOT_DIRECTORY', `${text} lies in something that is no directory`);
  }
}

/** In the words of the command line where it lies below what was written there; else from the root of the machine. */
function shown({ base }: Operand, absolute: string, names: readonly string[], root: string, path: FilePath): string {
  const below = names.every((name, at) => path[at] === name);
  if (!below) return join(root, ...path);
  return absolute === '/' ? `/${path.join('/')}` : join(base, ...path.slice(names.length));
}
