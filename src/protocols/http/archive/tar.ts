import type { Writable } from 'node:stream';
import type { Pack } from 'tar-stream';
import type { FileTree, OpenFile } from '../../../contracts/files.ts';
import { drained } from './drained.ts';
import { isLeftOut, type Member } from './walk.ts';

/** Octets of a tar (ustar, with pax records for long and foreign names). No more than one piece of one file is held. */
export async function* tarArchive(
  tree: FileTree,
  members: AsyncIterable<Member>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { pack: open } = await import('tar-stream');
  const pack = open();
  const filling = fill(pack, tree, members, signal).catch((error: Error) => void pack.destroy(error));
  try {
    for await (const chunk of pack) yield chunk as Uint8Array;
  } finally {
    pack.destroy();
    await filling;
  }
}

async function fill(pack: Pack, tree: FileTree, members: AsyncIterable<Member>, signal: AbortSignal): Promise<void> {
  for await (const { path, name, facts } of members) {
    if (pack.destroyed) return;
    if (facts.kind === 'directory') {
      pack.entry({ name, type: 'directory', mtime: new Date(facts.modified), mode: facts.mode ?? 0o755 });
      continue;
    }
    const file = await tree.open(path, signal).catch((error: unknown) => {
      if (isLeftOut(error)) return undefined;
      throw error;
    });
    if (file === undefined) continue;
    await using opened = file;
    const { size, modified, mode = 0o644 } = opened.facts;
    await new Promise<void>((resolve, reject) => {
      const ended = (error?: Error | null): void => (error ? reject(error) : resolve());
      const entry = pack.entry({ name, type: 'file', size, mtime: new Date(modified), mode }, ended);
      // Its callback tells, and this event the same again.
      entry.on('error', () => {});
      void pour(opened, entry).catch((error: Error) => entry.destroy(error));
    });
  }
  pack.finalize();
}

async function pour(file: OpenFile, entry: Writable): Promise<void> {
  const { size } = file.facts;
  if (size > 0) {
    for await (const chunk of file.read({ start: 0, end: size })) {
      if (entry.destroyed) return;
      if (!entry.write(chunk)) await drained(entry);
    }
  }
  entry.end();
}
