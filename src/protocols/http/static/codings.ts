/** The coded forms of a file: those that lie beside it, and those that are worth making. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FileFacts, FileTree } from '../../../contracts/files.ts';
import { type FilePath, fileName, isFileName } from '../../../kit/file-path.ts';
import type { Coding } from '../../shared/http/coding.ts';
import { found, type Named } from './locate.ts';
import { isCompressible, mediaType } from './media-types.ts';

/** Below it the head costs more than compression saves; above it compression costs more than a moment. */
const SMALLEST = 512;
export const LARGEST = 1024 * 1024;

/** In the order of preference where the client has none. */
const SIDECARS: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
];
const MADE: ReadonlySet<Coding> = new Set(['br', 'gzip']);

export interface Codings {
  /** What can be had, the best first; always ends with the content as it is. */
  readonly offered: readonly Coding[];
  readonly sidecars: ReadonlyMap<Coding, Named>;
}

const PLAIN: Codings = { offered: ['identity'], sidecars: new Map() };

/** @param make whether there is a place to keep what would be made */
export async function codingsOf(tree: FileTree, { name, facts }: Named, make: boolean): Promise<Codings> {
  if (!isCompressible(mediaType(name.at(-1) ?? ''))) return PLAIN;
  const sidecars = new Map<Coding, Named>();
  for (const [coding, ending] of SIDECARS) {
    const sidecar = await sidecarOf(tree, name, facts, ending);
    if (sidecar) sidecars.set(coding, sidecar);
  }
  const makes = make && facts.size >= SMALLEST && facts.size <= LARGEST;
  const offered = SIDECARS.map(([coding]) => coding).filter(
    (coding) => sidecars.has(coding) || (makes && MADE.has(coding)),
  );
  return { offered: [...offered, 'identity'], sidecars };
}

/** One that is older than its file was made of another content; one that is not smaller is of no use. */
async function sidecarOf(tree: FileTree, name: FilePath, of: FileFacts, ending: string): Promise<Named | undefined> {
  const text = `${name.at(-1)}${ending}`;
  if (!isFileName(text)) return undefined;
  const path = [...name.slice(0, -1), fileName(text)];
  const facts = await found(tree, path);
  const good = facts?.kind === 'file' && facts.modified >= of.modified && facts.size < of.size;
  return good ? { name: path, facts } : undefined;
}

const brotli = promisify(brotliCompress);
const deflated = promisify(gzip);

export async function compress(body: Buffer, coding: Coding): Promise<Buffer> {
  if (coding === 'gzip') return deflated(body, { level: 6 });
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
  };
  return brotli(body, { params });
}
