import type { Json } from './journal.ts';

/** The same server in other processes (`--workers`), each with a part of what is counted. */
export interface Siblings {
  /** @param own this process's part, asked for often */
  share(name: string, own: () => Json): SharedParts;
}

export interface SharedParts {
  /** What the process had counted whose place this one took, as its `own` gave it last. */
  readonly inherited: Json | undefined;
  /** The part of each process, this one's too. */
  all(): Promise<readonly Json[]>;
}
