import type { Json } from './journal.ts';

/** The same server in other processes (`--workers`), each with a part of what is counted and of what is worked on. */
export interface Siblings {
  /** @param own this process's part, asked for often */
  share(name: string, own: () => Json): SharedParts;
  /**
   * For what only one of them may work on. @param release gives up the work on a thing here; resolves when that is over
   * @returns asks all the others to; resolves when they have, do not answer, or are gone
   */
  only(name: string, release: (thing: string) => Promise<void>): (thing: string) => Promise<void>;
}

export interface SharedParts {
  /** What the process had counted whose place this one took, as its `own` gave it last. */
  readonly inherited: Json | undefined;
  /** The part of each process, this one's too. */
  all(): Promise<readonly Json[]>;
}
