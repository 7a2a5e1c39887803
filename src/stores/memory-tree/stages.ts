/** What cut uploads left, until it is gone on with or too old. */
import type { FileName, FilePath } from '../../kit/file-path.ts';
import { showPath } from '../../kit/file-path.ts';
import { BusyStages, STAGE_KEPT_FOR } from '../shared/stage.ts';

interface Kept {
  readonly path: FilePath;
  readonly stage: string;
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  readonly modified: number;
}

export class Stages {
  readonly busy = new BusyStages();
  readonly #kept = new Map<string, Kept>();

  find(path: FilePath, stage: string): Kept | undefined {
    return this.#kept.get(stageKey(path, stage));
  }

  take(path: FilePath, stage: string): Kept | undefined {
    const kept = this.find(path, stage);
    if (kept) this.#kept.delete(stageKey(path, stage));
    return kept;
  }

  /** @returns what is forgotten for it: an older one of the same name, and those that are too old */
  keep(kept: Kept): readonly Kept[] {
    const gone = [...this.#kept.values()].filter(({ modified }) => modified < Date.now() - STAGE_KEPT_FOR);
    for (const old of gone) this.#kept.delete(stageKey(old.path, old.stage));
    const same = this.take(kept.path, kept.stage);
    this.#kept.set(stageKey(kept.path, kept.stage), kept);
    return same ? [...gone, same] : gone;
  }

  /** A directory has another name: what was cut in it is found under that one. */
  rename(from: FilePath, to: FilePath): void {
    for (const [key, kept] of this.#inside(from)) {
      this.#kept.delete(key);
      const path = [...to, ...kept.path.slice(from.length)];
      this.#kept.set(stageKey(path, kept.stage), { ...kept, path });
    }
  }

  /** @returns what is forgotten with the directory */
  remove(directory: FilePath): readonly Kept[] {
    const gone = this.#inside(directory);
    for (const [key] of gone) this.#kept.delete(key);
    return gone.map(([, kept]) => kept);
  }

  #inside(directory: FilePath): readonly [key: string, Kept][] {
    return [...this.#kept].filter(
      ([, { path }]) => path.length > directory.length && directory.every((name, depth) => path[depth] === name),
    );
  }

  under(directory: FilePath) {
    const found: { name: FileName; stage: string; length: number; modified: number }[] = [];
    for (const [, { path, stage, size, modified }] of this.#inside(directory)) {
      if (path.length !== directory.length + 1) continue;
      found.push({ name: path.at(-1) as FileName, stage, length: size, modified });
    }
    return found;
  }
}

export function stageKey(path: FilePath, stage: string): string {
  return `${stage}\n${showPath(path)}`;
}
