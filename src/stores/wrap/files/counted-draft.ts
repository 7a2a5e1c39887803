import type { FileDraft } from '../../../contracts/file-draft.ts';
import type { Attributes, FileFacts } from '../../../contracts/files.ts';
import type { Usage } from './usage.ts';

export interface CountedPlace {
  /** One change of the name at a time; `work` gets what has it. */
  change<T>(work: (old: FileFacts | undefined) => Promise<T>): Promise<T>;
  /** Octets that were kept of it. */
  kept(): Promise<number>;
  /** Octets of what it replaces: so many it may have without taking them. */
  readonly credit: number;
}

/** An upload whose octets are taken from a quota before they are written. */
export class Counted implements FileDraft {
  readonly #draft: FileDraft;
  readonly #usage: Usage;
  readonly #place: CountedPlace;
  #credit: number;
  #taken = 0;

  constructor(draft: FileDraft, usage: Usage, place: CountedPlace) {
    this.#draft = draft;
    this.#usage = usage;
    this.#place = place;
    this.#credit = place.credit;
  }

  /** Takes what the draft begins with. */
  async begin(): Promise<this> {
    try {
      this.#take(this.length);
      return this;
    } catch (error) {
      await this.#draft.abort({ keep: true });
      this.#usage.give(-(await this.#place.kept()), 0);
      throw error;
    }
  }

  get length(): number {
    return this.#draft.length;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    try {
      this.#take(chunk.length);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#draft.write(chunk);
  }

  /** The credit is settled with what is really there by now. */
  commit(attributes?: Attributes): Promise<FileFacts> {
    return this.#place.change(async (old) => {
      const more = this.length - (old?.size ?? 0) - this.#taken;
      const files = old ? 0 : 1;
      try {
        this.#usage.take(more, files);
      } catch (error) {
        await this.abort();
        throw error;
      }
      try {
        return await this.#draft.commit(attributes);
      } catch (error) {
        this.#usage.give(more + this.#taken, files);
        throw error;
      }
    });
  }

  /** What is kept counts whole; where it does not fit, nothing is kept. */
  async abort(how?: { readonly keep: boolean }): Promise<void> {
    const keep = how?.keep === true && this.#usage.bytes - this.#taken + this.length <= this.#usage.limits.bytes;
    await this.#draft.abort({ keep });
    this.#usage.give(this.#taken - (keep ? await this.#place.kept() : 0), 0);
    this.#taken = 0;
  }

  #take(octets: number): void {
    const free = Math.min(this.#credit, octets);
    this.#usage.take(octets - free, 0);
    this.#credit -= free;
    this.#taken += octets - free;
  }
}
