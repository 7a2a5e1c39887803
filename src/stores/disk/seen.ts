import type { FilePath } from '../../kit/file-path.ts';

/** Files remembered; at about 150 octets each they cost 1.5 MB. */
const MOST = 10_000;

/** Files that have been found inside the tree, and their tags then. */
export class Seen {
  readonly #tags = new Map<string, string>();

  note(path: FilePath, tag: string): void {
    const key = path.join('/');
    this.#tags.delete(key);
    this.#tags.set(key, tag);
    if (this.#tags.size <= MOST) return;
    for (const oldest of this.#tags.keys()) {
      this.#tags.delete(oldest);
      return;
    }
  }

  tag(path: FilePath): string | undefined {
    return this.#tags.get(path.join('/'));
  }
}
