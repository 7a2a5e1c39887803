/** Small files, each way in one go: what a reader, a draft and their steps cost is more than the octets. */
import type { WriteOrder } from '../../contracts/file-draft.ts';
import type { Attributes, FileFacts, WholeFile } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { type Transfer, transfer } from './client-data.ts';
import { forget } from './client-draft.ts';
import { explained } from './client-explain.ts';
import { remotePath } from './client-path.ts';
import type { SessionPool } from './client-pool.ts';
import { publish } from './client-publish.ts';
import { temporaryPath } from './client-temporary.ts';
import { beginDraft, survey, type WriteHow } from './client-write.ts';

export interface ReadWholeHow {
  readonly pool: SessionPool;
  readonly active: boolean;
}

/** Throws `CS_CHANGED` where it is another size than `known` says. */
export async function readWhole(
  { pool, active }: ReadWholeHow,
  path: FilePath,
  known: FileFacts,
  signal?: AbortSignal,
): Promise<WholeFile> {
  if (known.size === 0) return { facts: known, octets: [] };
  return pool.use(async (session) => {
    const command = ['RETR', remotePath(session.manner.root, path)] as const;
    const begun = await explained(session, path, 'file', () => transfer(session, command, { active }));
    const { octets, length } = await take(begun, known.size);
    if (length === known.size) return { facts: known, octets };
    const how = length < known.size ? 'shorter' : 'longer';
    throw new CsError('CS_CHANGED', `${showPath(path)} became ${how} while it was read`);
  }, signal);
}

/** All of it; of what is longer than `most`, more than that. */
async function take(
  begun: Transfer,
  most: number,
): Promise<{ readonly octets: Uint8Array[]; readonly length: number }> {
  const { data, session } = begun;
  const chunks = data[Symbol.asyncIterator]();
  const octets: Uint8Array[] = [];
  let length = 0;
  let over = false;
  try {
    while (length <= most) {
      data.deadline(session.stall);
      const chunk = await chunks.next();
      session.touched = performance.now();
      if (chunk.done) {
        over = true;
        await begun.received();
        break;
      }
      octets.push(chunk.value);
      length += chunk.value.length;
    }
    return { octets, length };
  } finally {
    if (!over) await begun.abandon();
  }
}

/** Whether nothing of the order needs a draft. */
function isPlain({ publish: way }: WriteHow, path: FilePath, { mode, offset, stage }: WriteOrder): boolean {
  return path.length > 0 && way === 'rename' && mode !== 'update' && stage === undefined && (offset ?? 0) === 0;
}

async function byDraft(
  how: WriteHow,
  path: FilePath,
  order: WriteOrder,
  octets: readonly Uint8Array[],
  attributes: Attributes,
  signal?: AbortSignal,
): Promise<FileFacts> {
  const draft = await beginDraft(how, path, order, signal);
  try {
    for (const chunk of octets) await draft.write(chunk);
  } catch (error) {
    await draft.abort();
    throw error;
  }
  return draft.commit(attributes);
}

/** To a name of its own, and under `path` when the server has said that it is whole. */
export async function writeWhole(
  how: WriteHow,
  path: FilePath,
  order: WriteOrder,
  octets: readonly Uint8Array[],
  attributes: Attributes = {},
  signal?: AbortSignal,
): Promise<FileFacts> {
  if (!isPlain(how, path, order)) return byDraft(how, path, order, octets, attributes, signal);
  const { pool, active, turns } = how;
  const temporary = temporaryPath(path, undefined);
  const length = octets.reduce((sum, chunk) => sum + chunk.length, 0);
  let stored = false;
  try {
    return await pool.use(
      async (session) => {
        const { old } = await survey(session, path, order, temporary);
        const command = ['STOR', remotePath(session.manner.root, temporary)] as const;
        const begun = await explained(session, temporary, 'new file', () => transfer(session, command, { active }));
        stored = true;
        // What does not arrive is missed by the server, or by SIZE: nothing is gained by waiting here.
        for (const chunk of octets) void begun.data.write(chunk);
        await begun.sent();
        signal?.throwIfAborted();
        const what = { session, path, order, temporary, length, old };
        // What takes the place of a file has its permissions.
        const wished = { mode: old?.mode, ...attributes };
        return explained(session, path, 'new file', () => turns.take(path, () => publish(what, wished)));
      },
      signal,
      'finish',
    );
  } catch (error) {
    if (stored) await forget(pool, temporary);
    throw error;
  }
}
