/** What an order needs before its first octet: who has the name, the head it goes on from, room, a part to write to. */
import { type BigIntStats, openSync } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import type { BusyStages } from '../shared/stage.ts';
import type { Turns } from '../shared/turns.ts';
import { locate, type Spot } from './descent.ts';
import { alike, type Directory } from './directory.ts';
import { DiskDraft, type Intake } from './draft.ts';
import { codeOf, fileError } from './errors.ts';
import { tagOf } from './facts.ts';
import type { Ground, Root } from './ground.ts';
import { goOn, makePart, TO_PART } from './head.ts';
import { show, showAcross } from './naming.ts';
import { keptName, partName, stageKey } from './own-names.ts';
import type { Staging } from './staging.ts';

export interface DiskManner {
  /** Links that lead out are followed. */
  readonly follow: boolean;
  /** What is acknowledged survives power loss. */
  readonly synced: boolean;
}

/** What a tree's drafts share. */
export interface Press {
  readonly root: Root;
  readonly manner: DiskManner;
  readonly staging: Staging;
  readonly turns: Turns;
  readonly busy: BusyStages;
}

export interface Entry {
  readonly press: Press;
  readonly ground: Ground;
  readonly spot: Spot;
  readonly staging: Directory;
  readonly path: FilePath;
  readonly order: WriteOrder;
  readonly stage: Intake['stage'];
}

/** @param head a file whose content it begins with (a copy), whatever the order says */
export async function openDraft(press: Press, path: FilePath, order: WriteOrder, head?: Spot): Promise<FileDraft> {
  if (path.length === 0) throw new CsError('CS_IS_DIRECTORY', 'the root is a directory');
  const ground = press.root.ground();
  let spot: Spot | undefined;
  try {
    spot = locate(ground, path, press.manner);
    allow(spot, path, order);
    const staging = await press.staging.directory(ground, spot.directory);
    const stage = order.stage === undefined ? undefined : stageOf(staging, spot, path, order.stage);
    return new DiskDraft(await begin({ press, ground, spot, staging, path, order, stage }, head));
  } catch (error) {
    spot?.[Symbol.dispose]();
    ground[Symbol.dispose]();
    throw fileError(error, path);
  }
}

/** Beside its name a stage is found by the name alone, whatever the root was then. */
export function stageOf(staging: Directory, spot: Spot, path: FilePath, name: string) {
  const target = staging === spot.directory ? (path.at(-1) as string) : showPath(path);
  return { key: stageKey(target, name), name, target };
}

/** What has the name now must let the order happen. */
function allow({ found }: Pick<Spot, 'found'>, path: FilePath, { mode, ifTag }: WriteOrder): void {
  if (found?.isDirectory()) throw new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`);
  if (found && !found.isFile()) throw new CsError('CS_DENIED', `${showPath(path)} is no file`);
  if (found && mode === 'new') throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
  if (ifTag !== undefined && (!found || tagOf(found) !== ifTag)) throw changed(path);
}

function changed(path: FilePath): CsError {
  return new CsError('CS_CHANGED', `${showPath(path)} is another one by now`);
}

async function begin(entry: Entry, head: Spot | undefined): Promise<Intake> {
  const { press, spot, staging, stage } = entry;
  const goesOn = head || !stage ? undefined : await goOn(entry);
  const part = goesOn?.part ?? partName();
  const at = `${staging.at}/${part}`;
  try {
    const { fd, length } = goesOn
      ? { fd: openSync(at, TO_PART), length: goesOn.length }
      : await makePart(entry, at, head);
    const { found } = spot;
    if (stage) press.busy.enter(stage.key);
    return {
      path: entry.path,
      staging,
      part,
      fd,
      length,
      synced: press.manner.synced,
      mode: found && Number(found.mode),
      stage,
      directory: spot.directory,
      stands: () => stands(entry),
      publish: () => publish(entry, at),
      [Symbol.dispose]: () => {
        if (stage) press.busy.leave(stage.key);
        spot[Symbol.dispose]();
        entry.ground[Symbol.dispose]();
      },
    };
  } catch (error) {
    // What was kept stays kept, whatever was in the way of going on with it.
    const back = goesOn && stage ? rename(at, `${staging.at}/${keptName(stage.key)}`) : unlink(at);
    await back.catch(() => {});
    throw error;
  }
}

function stands({ press, ground, spot, path }: Entry): boolean {
  try {
    using now = locate(ground, path, press.manner);
    return alike(now.directory, spot.directory);
  } catch {
    return false;
  }
}

/**
 * One after the other for each name, so that what has it cannot change between the look and the rename.
 * @returns what stands there, if that is not the part itself
 */
function publish(entry: Entry, at: string): Promise<BigIntStats | undefined> {
  const { press, spot, order, path } = entry;
  const { dev, ino } = spot.directory.identity();
  return press.turns.take(`${dev}:${ino}/${spot.name}`, async () => {
    const found = spot.look();
    allow({ found }, path, order);
    if (order.mode === 'update' && (found && tagOf(found)) !== (spot.found && tagOf(spot.found))) throw changed(path);
    try {
      await show(at, spot.at, order.mode === 'new');
      return undefined;
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
      const near = `${spot.directory.at}/${partName()}`;
      await showAcross(at, near, spot.at, { only: order.mode === 'new', synced: press.manner.synced });
      return spot.look();
    }
  });
}
