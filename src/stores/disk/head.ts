/** What an upload begins with: nothing, what a cut one left, or what is there. */
import { closeSync, constants, ftruncateSync, openSync } from 'node:fs';
import { copyFile, statfs } from 'node:fs/promises';
import { CsError } from '../../kit/errors.ts';
import { showPath } from '../../kit/file-path.ts';
import type { Spot } from './descent.ts';
import type { Directory } from './directory.ts';
import type { Entry } from './intake.ts';
import { claim, findKept, forget } from './kept.ts';
import { CAREFULLY } from './open-file.ts';

/** How a part is opened. */
export const TO_PART = constants.O_RDWR | constants.O_APPEND | CAREFULLY;

/** What a file takes beyond its own octets: directories and journals grow too. */
const SHARE = 1.5;

/** The stage, if there is one of just the length that the order names; else an upload that begins anew forgets it. */
export async function goOn({ press, spot, staging, stage, order, path }: Entry) {
  if (stage === undefined) return undefined;
  const { offset = 0, mode } = order;
  if (offset > 0 && press.busy.has(stage.key)) {
    throw new CsError('CS_BUSY', `an upload to ${showPath(path)} is under way`);
  }
  const kept = findKept(staging, stage.key);
  if (!kept) return undefined;
  if (kept.length !== offset || (order.offset === undefined && mode === 'update')) {
    if (offset > 0 && (mode !== 'update' || !spot.found)) {
      throw new CsError('CS_CHANGED', `${kept.length} octets are there to go on from, not ${offset}`);
    }
    await forget(staging, stage.key);
    return undefined;
  }
  await requireRoom(staging, (order.size ?? 0) - offset);
  const part = await claim(staging, stage.key);
  return part === undefined ? undefined : { part, length: kept.length };
}

/** @returns the part, open, and the octets of what was there that it begins with */
export async function makePart(
  { spot, staging, order, path }: Entry,
  at: string,
  head: Spot | undefined,
): Promise<{ readonly fd: number; readonly length: number }> {
  const old = head ?? (order.mode === 'update' ? spot : undefined);
  const size = Number(old?.found?.size ?? 0);
  const offset = head ? size : (order.offset ?? size);
  if (offset > size) throw new CsError('CS_CHANGED', `${showPath(path)} has ${size} octets, not ${offset}`);
  const expected = Math.max(order.size ?? 0, offset);
  if (expected > 0) await requireRoom(staging, expected);
  if (old === undefined || offset === 0) {
    return { fd: openSync(at, TO_PART | constants.O_CREAT | constants.O_EXCL, 0o666), length: 0 };
  }
  await copyHead(old, at, offset);
  return { fd: openSync(at, TO_PART), length: offset };
}

/** By the file system itself where it can share octets. */
async function copyHead(old: Spot, at: string, length: number): Promise<void> {
  const from = openSync(old.at, constants.O_RDONLY | CAREFULLY);
  try {
    old.directory.verify();
    const source = process.platform === 'linux' ? `/proc/self/fd/${from}` : old.at;
    await copyFile(source, at, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } finally {
    closeSync(from);
  }
  const to = openSync(at, constants.O_RDWR | CAREFULLY);
  try {
    ftruncateSync(to, length);
  } finally {
    closeSync(to);
  }
}

async function requireRoom(staging: Directory, octets: number): Promise<void> {
  if (octets <= 0) return;
  const { bavail, bsize } = await statfs(staging.at);
  if (bavail * bsize < SHARE * octets) throw new CsError('CS_DISK_FULL', `no room for ${octets} octets`);
}
