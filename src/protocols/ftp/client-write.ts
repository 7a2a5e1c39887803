/** How an upload begins: what is there, where the octets go, and which of them are there already. */
import type { WriteOrder } from '../../contracts/file-draft.ts';
import type { FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { transfer } from './client-data.ts';
import { RemoteDraft } from './client-draft.ts';
import { explained } from './client-explain.ts';
import { RemoteFile } from './client-file.ts';
import { remotePath } from './client-path.ts';
import type { SessionPool } from './client-pool.ts';
import type { ClientSession } from './client-session.ts';
import { named, statIfThere } from './client-stat.ts';
import { temporaryPath } from './client-temporary.ts';
import type { Turns } from './client-turns.ts';
import type { Command } from './client-wire.ts';

export interface WriteHow {
  readonly pool: SessionPool;
  readonly active: boolean;
  readonly publish: 'rename' | 'direct';
  readonly turns: Turns;
}

/** Throws what stands against it, as far as that can be known before: `CS_EXISTS`, `CS_IS_DIRECTORY`, `CS_CHANGED` ... */
export async function beginDraft(how: WriteHow, path: FilePath, order: WriteOrder, signal?: AbortSignal) {
  const { pool, active, publish, turns } = how;
  if (path.length === 0) throw named('CS_IS_DIRECTORY', path);
  const aside = publish === 'rename' || order.stage !== undefined || order.mode === 'update';
  const temporary = aside ? temporaryPath(path, order.stage) : path;
  const release = turns.claim(temporary);
  try {
    const { session, value } = await pool.lease(
      async (one) => {
        const found = await survey(one, path, order, temporary);
        const command: Command = [found.resume ? 'APPE' : 'STOR', remotePath(one.manner.root, temporary)];
        const begun = await explained(one, temporary, 'new file', () => transfer(one, command, { active }));
        return { ...found, begun };
      },
      signal,
      'finish',
    );
    const { old, at, resume, begun } = value;
    const base = { pool, turns, path, order, temporary, session, transfer: begun, old, release, signal };
    const draft = new RemoteDraft({ ...base, length: resume ? at : 0 });
    if (signal?.aborted) await draft.abort();
    signal?.throwIfAborted();
    if (!resume && at > 0 && old) await copyHead(how, path, old, at, draft);
    return draft;
  } catch (error) {
    release();
    throw error;
  }
}

/** What has the name, and from which octet on it is written. */
export async function survey(session: ClientSession, path: FilePath, order: WriteOrder, temporary: FilePath) {
  const { mode, offset = 0, stage, ifTag, known } = order;
  const plain = mode === 'replace' && offset === 0 && stage === undefined && ifTag === undefined;
  // Where a look costs three commands and tells no permissions to keep, what stands against it is left to STOR and RNTO.
  const asks = !plain || (known === undefined && session.manner.features.has('MLST'));
  const old = asks ? await statIfThere(session, path) : (known ?? undefined);
  if (old?.kind === 'directory') throw named('CS_IS_DIRECTORY', path);
  if (!asks) return { old, at: 0, resume: false };
  if (!old) await assertParent(session, path, order);
  if (old && order.mode === 'new') throw named('CS_EXISTS', path);
  if (order.ifTag !== undefined && old?.tag !== order.ifTag) throw named('CS_CHANGED', path);
  const from = order.mode === 'update' ? (old?.size ?? 0) : 0;
  const at = order.offset ?? from;
  const kept = order.stage === undefined ? undefined : (await statIfThere(session, temporary))?.size;
  const resume = kept !== undefined && at === kept;
  if (!resume && at > from) {
    throw new CsError('CS_CHANGED', `there are ${kept ?? from} octets of ${showPath(path)} to go on from, not ${at}`);
  }
  return { old, at, resume };
}

/** STOR says as much, but not before `write` has promised that octets may come. */
async function assertParent(session: ClientSession, path: FilePath, { mode }: WriteOrder): Promise<void> {
  if (path.length < 2 || mode === 'replace') return;
  const parent = path.slice(0, -1);
  const above = await statIfThere(session, parent);
  if (!above) throw named('CS_NOT_FOUND', path);
  if (above.kind === 'file') throw named('CS_NOT_DIRECTORY', parent);
}

/** The head of what is there, by way of us: FTP has no copy, and in place half a file would stand under the name. */
async function copyHead({ pool, active }: WriteHow, path: FilePath, old: FileFacts, at: number, draft: RemoteDraft) {
  try {
    const head = new RemoteFile({ pool, path, facts: old, active, listed: false, signal: undefined });
    for await (const chunk of head.read({ start: 0, end: at })) {
      await draft.write(chunk);
    }
  } catch (error) {
    await draft.abort();
    throw error;
  }
}
