/** What only the target has, and `--delete` takes away: all of it is known before anything goes. */
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { FilePlace, Found } from '../places/place.ts';
import { walk } from '../places/walk.ts';
import type { Filter } from './filter.ts';

/** More than `most`, and nothing goes. */
export class Extras {
  readonly #to: FilePlace;
  readonly #filter: Filter;
  readonly #most: number;
  readonly #found: Found[] = [];
  #tooMany = false;

  constructor(to: FilePlace, filter: Filter, most: number) {
    this.#to = to;
    this.#filter = filter;
    this.#most = most;
  }

  /** A directory, and all it holds but what is left out; a link goes by itself. */
  async add(start: Found, signal: AbortSignal, seen: () => void): Promise<void> {
    if (this.#tooMany) return;
    this.#take(start);
    if (start.facts.kind === 'file' || this.#to.isLink(start.path)) return;
    const kept: FilePath[] = [];
    const failed = (_path: FilePath, error: unknown): Promise<void> => Promise.reject(error);
    for await (const found of walk(this.#to, start, { signal, seen, failed, links: false })) {
      const below = found.path.slice(this.#to.path.length);
      if (this.#tooMany) return;
      if (this.#filter.takes(below, found.facts.kind)) this.#take(found);
      else kept.push(found.path);
    }
    this.#spare(kept);
  }

  /** Directories above what is left out stay. */
  #spare(kept: readonly FilePath[]): void {
    for (let at = this.#found.length - 1; at >= 0; at--) {
      const { path } = this.#found[at]!;
      const holds = (inner: FilePath): boolean => path.every((name, depth) => inner[depth] === name);
      if (kept.some(holds)) this.#found.splice(at, 1);
    }
  }

  #take(found: Found): void {
    if (this.#found.length < this.#most) this.#found.push(found);
    else this.#tooMany = true;
  }

  /** Throws `CS_LIMIT` where there are too many. */
  check(): void {
    if (!this.#tooMany) return;
    throw new CsError('CS_LIMIT', `more than ${this.#most} would be removed, so nothing was`, {
      hint: 'look at --dry-run with a greater --max-delete',
    });
  }

  /** What holds others comes after them. */
  all(): readonly Found[] {
    return [...this.#found].reverse();
  }
}
