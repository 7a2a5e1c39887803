import type { FileFacts, HashName } from '../../contracts/files.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { FilePlace } from '../places/place.ts';
import type { Pace } from './pace.ts';

/** How files are carried, whatever verb asked for it. */
export interface Rules {
  /** What happens where there is something already: it is replaced, it stays, it is replaced if it is older. */
  readonly overwrite: 'always' | 'never' | 'older';
  /** Times, and permission bits where both ends have them. */
  readonly preserve: boolean;
  /** What must agree afterwards; undefined: the strongest that both ends can show. */
  readonly verify: 'hash' | 'size' | 'none' | undefined;
  /** What an earlier run left is gone on with, and what this one leaves is kept. */
  readonly resume: boolean;
  /** Ranges of one big file that are fetched at once. */
  readonly segments: number;
  /** Further attempts after a temporary failure. */
  readonly retries: number;
  readonly pace: Pace | undefined;
  readonly signal: AbortSignal;
  /** Octets that went through. */
  readonly moved: (octets: number) => void;
  /** A wait in which nothing moves and nobody is to be impatient. */
  readonly spare: <T>(work: Promise<T>) => Promise<T>;
}

export interface Spot {
  readonly place: FilePlace;
  readonly path: FilePath;
}

/** What showed that the copy is the copy. */
export type Proof = HashName | 'size' | 'none';

/** What became of one file. */
export interface Outcome {
  readonly action: 'copied' | 'renamed' | 'skipped';
  readonly bytes: number;
  readonly proof: Proof;
  /** The far end did it alone, without the octets passing through here. */
  readonly remote: boolean;
  /** Octets that an earlier attempt had carried already. */
  readonly resumed: number;
  readonly attempts: number;
}

export const SKIPPED: Outcome = {
  action: 'skipped',
  bytes: 0,
  proof: 'none',
  remote: false,
  resumed: 0,
  attempts: 0,
};

export interface FileTask {
  readonly from: Spot;
  readonly to: Spot;
  readonly facts: FileFacts;
  /** What stands under the new name, where that is known; undefined where nobody has looked, null where nothing does. */
  readonly there?: FileFacts | null;
}
