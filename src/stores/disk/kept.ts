/** Uploads that were cut: their octets in one file, whose they are in another beside it. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { STAGE_KEPT_FOR } from '../shared/stage.ts';
import type { Directory } from './directory.ts';
import { codeOf } from './errors.ts';
import { factsName, keptName, partName, readKept, stageKey } from './own-names.ts';

export interface KeptFacts {
  /** The path, or the name where it stands beside it. */
  readonly target: string;
  readonly stage: string;
  /** Octets that were safe when it was kept. */
  readonly length: number;
}

export interface Kept {
  readonly length: number;
  readonly modified: number;
}

/** Undefined for none, and for one that is too old. */
export function findKept(directory: Directory, key: string): Kept | undefined {
  const found = statSync(`${directory.at}/${keptName(key)}`, { throwIfNoEntry: false });
  if (!found || found.mtimeMs < Date.now() - STAGE_KEPT_FOR) return undefined;
  return { length: found.size, modified: found.mtimeMs };
}

/** Makes it a part of this process, for one draft only. Undefined when another one was first. */
export async function claim(directory: Directory, key: string): Promise<string | undefined> {
  const part = partName(key);
  try {
    await rename(`${directory.at}/${keptName(key)}`, `${directory.at}/${part}`);
    return part;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Its octets are on the disk by now. */
export async function keep(directory: Directory, part: string, key: string, facts: KeptFacts): Promise<void> {
  await writeFile(`${directory.at}/${factsName(key)}`, JSON.stringify(facts), { mode: 0o600 });
  await rename(`${directory.at}/${part}`, `${directory.at}/${keptName(key)}`);
}

export async function forget(directory: Directory, key: string): Promise<void> {
  for (const name of [keptName(key), factsName(key)]) {
    const at = `${directory.at}/${name}`;
    // Most often there is none, and a look is cheaper than a thread that finds that out.
    if (lstatSync(at, { throwIfNoEntry: false })) await unlink(at).catch(() => {});
  }
}

export async function readFacts(directory: Directory, key: string): Promise<KeptFacts | undefined> {
  try {
    const { target, stage, length } = JSON.parse(await readFile(`${directory.at}/${factsName(key)}`, 'utf8'));
    const fine = typeof target === 'string' && typeof stage === 'string' && Number.isSafeInteger(length);
    return fine ? { target, stage, length } : undefined;
  } catch {
    return undefined;
  }
}

/** A directory has another path: what is kept for names in it is found under that one. */
export async function moveKept(directory: Directory, from: string, to: string): Promise<void> {
  for await (const { key, target, stage, length } of everyKept(directory)) {
    if (!target.startsWith(`${from}/`)) continue;
    const moved = to + target.slice(from.length);
    await keep(directory, keptName(key), stageKey(moved, stage), { target: moved, stage, length });
    await forget(directory, key);
  }
}

/** What is kept for names in a directory that is gone. */
export async function forgetIn(directory: Directory, path: string): Promise<void> {
  for await (const { key, target } of everyKept(directory)) {
    if (target.startsWith(`${path}/`)) await forget(directory, key);
  }
}

/** @returns whether nothing else was in it, and it is empty now */
export async function forgetAll(directory: Directory): Promise<boolean> {
  const kept = readdirSync(directory.at).map(readKept);
  if (kept.includes(undefined)) return false;
  for (const one of kept) if (one) await forget(directory, one.key);
  return true;
}

/** Every stage that is kept in a directory. */
export async function* everyKept(directory: Directory): AsyncGenerator<KeptFacts & Kept & { readonly key: string }> {
  for (const name of readdirSync(directory.at)) {
    const kept = readKept(name);
    if (!kept || kept.facts) continue;
    const facts = await readFacts(directory, kept.key);
    const found = findKept(directory, kept.key);
    if (facts && found) yield { ...facts, ...found, key: kept.key };
  }
}
