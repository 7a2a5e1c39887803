import { type PassThrough, Readable } from 'node:stream';
import type { ZipFile } from 'yazl';
import type { FileTree } from '../../../contracts/files.ts';
import { drained } from './drained.ts';
import { isLeftOut, type Member } from './walk.ts';

/** Nothing to win by deflating them once more. */
const DENSE =
  /\.(?:7z|avif|br|bz2|docx|epub|flac|gif|gz|heic|jar|jpe?g|m4[av]|mkv|mov|mp[34]|odt|ogg|opus|png|pptx|rar|tgz|webm|webp|woff2?|xlsx|xz|zip|zst)$/i;
/** Fast and still most of the saving. */
const LEVEL = 3;

/** Octets of a zip (UTF-8 names, zip64 where needed). Beside one piece of one file, some hundred octets an entry are held. */
export async function* zipArchive(
  tree: FileTree,
  members: AsyncIterable<Member>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const out = zip.outputStream as PassThrough;
  zip.on('error', (error: Error) => out.destroy(error));
  out.on('error', () => {});
  const filling = fill(zip, out, tree, members, signal).catch((error: Error) => void out.destroy(error));
  try {
    for await (const chunk of out) yield chunk as Uint8Array;
  } finally {
    out.destroy();
    await filling;
  }
}

async function fill(
  zip: ZipFile,
  out: PassThrough,
  tree: FileTree,
  members: AsyncIterable<Member>,
  signal: AbortSignal,
): Promise<void> {
  for await (const { path, name, facts } of members) {
    if (out.destroyed) return;
    if (facts.kind === 'directory') {
      zip.addEmptyDirectory(name, { mtime: new Date(facts.modified), mode: 0o40_000 | (facts.mode ?? 0o755) });
      if (out.writableNeedDrain) await drained(out);
      continue;
    }
    const file = await tree.open(path, signal).catch((error: unknown) => {
      if (isLeftOut(error)) return undefined;
      throw error;
    });
    if (file === undefined) continue;
    await using opened = file;
    const { size, modified, mode = 0o644 } = opened.facts;
    const content = size === 0 ? Readable.from([]) : Readable.from(opened.read({ start: 0, end: size }));
    const about = {
      size,
      mtime: new Date(modified),
      mode: 0o100_000 | mode,
      compressionLevel: DENSE.test(name) ? 0 : LEVEL,
    };
    zip.addReadStreamLazy(name, about, (begin) => begin(null, content));
    await consumed(content, out);
  }
  zip.end();
}

/** Throws what broke the source; a reader that left ends the source too. */
async function consumed(content: Readable, out: PassThrough): Promise<void> {
  const left = (): void => void content.destroy();
  if (out.destroyed) left();
  out.once('close', left);
  try {
    await new Promise<void>((resolve, reject) => {
      content.once('error', reject).once('close', () => resolve());
    });
  } finally {
    out.off('close', left);
  }
}
