/** The files that are kept ready: whole ones of 64 KiB and less, and the coded forms of larger ones. */
import type { FileTree } from '../../../contracts/files.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import { LARGEST as CODED, codingsOf } from './codings.ts';
import { isKeepable, KeptFile, SMALL } from './kept-file.ts';
import type { Named } from './locate.ts';
import type { FileRules } from './representation.ts';

/** What an entry costs beside its content. */
const OVERHEAD = 2048;
/** Milliseconds between two notes that a file is in use. */
const NOTED = 1000;

export interface MemoryLimits {
  /** Octets in all. */
  readonly octets: number;
  /** Milliseconds for which a file is trusted to be as it was. */
  readonly recheck: number;
}

export class FileMemory {
  readonly #tree: FileTree;
  readonly #rules: FileRules;
  readonly #limits: MemoryLimits;
  /** The least used first. */
  readonly #kept = new Map<string, { readonly file: KeptFile; noted: number }>();
  #octets = 0;
  /** What was checked before is looked at again. */
  #doubted = Number.NEGATIVE_INFINITY;
  readonly #loading = new Map<string, Promise<KeptFile | undefined>>();

  /** @param tree as everybody sees it */
  constructor(tree: FileTree, rules: FileRules, limits: MemoryLimits) {
    this.#tree = tree;
    this.#rules = rules;
    this.#limits = limits;
  }

  /** Undefined: not here, or not as it was. @param key the file's names joined by `/` */
  find(key: string, now: number): KeptFile | undefined {
    const entry = this.#kept.get(key);
    if (entry === undefined) return undefined;
    const { file } = entry;
    if (now - file.checked >= this.#limits.recheck || file.checked <= this.#doubted) {
      if (!file.same()) {
        this.#drop(key, file);
        return undefined;
      }
      file.checked = now;
    }
    if (now - entry.noted > NOTED) {
      entry.noted = now;
      this.#kept.delete(key);
      this.#kept.set(key, entry);
    }
    return file;
  }

  /** Something was changed by this server: whoever asks next gets what is there now. */
  doubt(now: number): void {
    this.#doubted = now;
  }

  /** Undefined where it is not one to keep. */
  async load(named: Named, now: number): Promise<KeptFile | undefined> {
    if (this.#limits.octets === 0 || named.facts.size > CODED || !isKeepable(this.#tree, named.facts)) return undefined;
    const key = named.name.join('/');
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = this.#load(key, named, now).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return loading;
  }

  async #load(key: string, named: Named, now: number): Promise<KeptFile | undefined> {
    const codings = await codingsOf(this.#tree, named, true);
    if (named.facts.size > SMALL && codings.offered.length === 1) return undefined;
    const file: KeptFile = new KeptFile({
      tree: this.#tree,
      named,
      codings,
      rules: this.#rules,
      checked: now,
      grew: (octets) => {
        if (this.#kept.get(key)?.file !== file) return;
        this.#octets += octets;
        this.#trim();
      },
    });
    const before = this.#kept.get(key)?.file;
    if (before) this.#drop(key, before);
    this.#kept.set(key, { file, noted: now });
    this.#octets += OVERHEAD;
    this.#trim();
    return file;
  }

  #drop(key: string, file: KeptFile): void {
    this.#kept.delete(key);
    this.#octets -= file.octets + OVERHEAD;
  }

  #trim(): void {
    for (const [key, { file }] of this.#kept) {
      if (this.#octets <= this.#limits.octets) return;
      this.#drop(key, file);
    }
  }
}

export function keyOf(name: FilePath): string {
  return name.join('/');
}
