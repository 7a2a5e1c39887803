/** What nobody will come back for. */
import { readdir, rename, stat, truncate, unlink } from 'node:fs/promises';
import { isAlive } from '../shared/process-tag.ts';
import { STAGE_KEPT_FOR } from '../shared/stage.ts';
import type { Directory } from './directory.ts';
import { readFacts } from './kept.ts';
import { factsName, keptName, readKept, readPart } from './own-names.ts';

/** Removes parts of dead processes and stages that are too old; a stage that was being gone on with is put back. */
export async function sweep(directory: Directory): Promise<void> {
  const names = await readdir(directory.at);
  for (const name of names) {
    const part = readPart(name);
    if (part) await sweepPart(directory, name, part.tag, part.key);
  }
  for (const name of names) {
    const kept = readKept(name);
    if (!kept) continue;
    if (!kept.facts) await sweepKept(directory, kept.key);
    else if (!(await age(`${directory.at}/${keptName(kept.key)}`)) && !used(names, kept.key)) {
      await gone(`${directory.at}/${name}`);
    }
  }
}

async function sweepPart(directory: Directory, name: string, tag: string, key: string | undefined): Promise<void> {
  const at = `${directory.at}/${name}`;
  const usedAt = await age(at);
  if (usedAt === undefined || isAlive(tag, usedAt)) return;
  const facts = key === undefined ? undefined : await readFacts(directory, key);
  if (key === undefined || facts === undefined) return gone(at);
  // Behind what was kept before, octets may be missing that never reached the disk.
  await truncate(at, facts.length);
  await rename(at, `${directory.at}/${keptName(key)}`);
}

async function sweepKept(directory: Directory, key: string): Promise<void> {
  const at = `${directory.at}/${keptName(key)}`;
  const keptAt = await age(at);
  if (keptAt !== undefined && keptAt > Date.now() - STAGE_KEPT_FOR) return;
  await gone(at);
  await gone(`${directory.at}/${factsName(key)}`);
}

function used(names: readonly string[], key: string): boolean {
  return names.some((name) => readPart(name)?.key === key);
}

async function age(at: string): Promise<number | undefined> {
  return (await stat(at).catch(() => undefined))?.mtimeMs;
}

async function gone(at: string): Promise<void> {
  await unlink(at).catch(() => {});
}
