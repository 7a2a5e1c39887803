/** The files that servers share: where they are, and what a session may do with them. */
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import type { FileHouse } from '../../contracts/files.ts';
import type { Journal } from '../../contracts/journal.ts';
import type { OpenTree } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { fileName } from '../../kit/file-path.ts';
import { houseOf } from '../../stores/wrap/files/house.ts';
import { onlyFile } from '../../stores/wrap/files/only-file.ts';
import type { RightsWatch } from '../../stores/wrap/files/rights-watch.ts';
import type { GlobalValues } from '../globals.ts';
import { operandScheme } from '../places/operand.ts';
import { fileWraps } from './file-wraps.ts';
import { openTree } from './open-tree.ts';
import type { ServingContext } from './start.ts';

export interface ServedFiles {
  readonly house: FileHouse;
  /** For people: the root without any password, and whether clients may change what is there. */
  readonly shown: { readonly root: string; readonly changes: boolean };
  /** Reads again what may have changed on the disk. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Whether an operand of `cs serve` names a root instead of a service: no service has a separator or a dot in its name. */
export function isRootOperand(word: string): boolean {
  return word.includes('.') || word.includes('/') || word.includes(sep);
}

/** Services and root apart. Throws `CS_USAGE` for more than one root. */
export function splitOperands(words: readonly string[], files: string | undefined) {
  const roots = [...words.filter(isRootOperand), ...(files === undefined ? [] : [files])];
  if (roots.length > 1) {
    throw new CsError('CS_USAGE', `one root of files at a time: ${roots.join(' and ')}`, {
      hint: 'cs serve web ./dist, or cs serve web --files ./dist',
    });
  }
  return { services: words.filter((word) => !isRootOperand(word)), root: roots[0] };
}

/** @param kept false: a copy in memory that anybody may change (`cs run`) */
export async function openFiles(
  ctx: ServingContext,
  { root, kept }: { readonly root: string | undefined; readonly kept: boolean },
  journal: Journal,
): Promise<ServedFiles> {
  const options: GlobalValues = kept ? ctx.options : { ...ctx.options, write: true, delete: true };
  const watch = options.rights === undefined ? undefined : await watchRights(resolve(options.rights), ctx);
  const far = isFarRoot(root);
  if (far && !kept) {
    throw new CsError('CS_USAGE', 'cs run takes files from a directory', { hint: `cs sync ${root} ./fixtures` });
  }
  const place = far || (root === undefined && !kept) ? undefined : resolve(root ?? '.');
  let open: OpenTree;
  try {
    if (far) open = await (await import('./far-files.ts')).openFar(ctx, root);
    else open = kept ? await onDisk(ctx, place as string) : await inMemory(ctx, place);
  } catch (error) {
    watch?.[Symbol.dispose]();
    throw error;
  }
  const own = [options.data, options.config, options.rights, ...options.cert, ...options.key, options.readyFile];
  return {
    house: houseOf(open.tree, fileWraps({ options, own: [...own, 'cs.yaml'], root: place, rights: watch, journal })),
    shown: { root: (far ? undefined : place) ?? open.info.title, changes: options.write },
    reload: async () => watch?.reload(),
    close: async () => {
      watch?.[Symbol.dispose]();
      await open[Symbol.asyncDispose]();
    },
  };
}

/** A URL: the files of another server. */
function isFarRoot(root: string | undefined): root is string {
  return root !== undefined && operandScheme(root) !== undefined;
}

async function watchRights(path: string, ctx: ServingContext): Promise<RightsWatch> {
  const { RightsWatch: Watch } = await import('../../stores/wrap/files/rights-watch.ts');
  return Watch.open(path, ctx.ui.log);
}

/** A file's directory is opened for it, and the rest of that is not there. */
async function onDisk(ctx: ServingContext, root: string): Promise<OpenTree> {
  const { followSymlinks } = ctx.options;
  const how = { durability: durability(ctx), followSymlinks };
  const found = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') return undefined;
    throw new CsError('CS_NOT_FOUND', `${root} is not there`, { cause: error });
  });
  if (!found?.isFile()) return openTree(ctx, 'disk', root, how);
  const name = fileName(basename(root));
  const open = await openTree(ctx, 'disk', dirname(root), { ...how, staging: 'beside' });
  return {
    ...open,
    info: { ...open.info, title: root },
    tree: onlyFile(open.tree, name),
    [Symbol.asyncDispose]: () => Promise.resolve(open[Symbol.asyncDispose]()),
  };
}

/** One flag for everything that is kept: the store declares it. */
function durability(ctx: ServingContext): unknown {
  return Object.values(ctx.sections).find((section) => 'durability' in section)?.durability ?? 'disk';
}

function inMemory(ctx: ServingContext, root: string | undefined): Promise<OpenTree> {
  return openTree(ctx, 'memory', root, { dotfiles: ctx.options.dotfiles });
}
