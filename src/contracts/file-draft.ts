import type { Attributes, FileFacts } from './files.ts';

/**
 * How content comes in. `new`: throws `CS_EXISTS` if the name is taken, at the latest at commit. `replace`: takes the
 * place of what is there, at commit. `update`: the first `offset` octets of what is there (nothing is an empty file) and
 * then what is written, at commit; `CS_CHANGED` if somebody else changed it meanwhile.
 */
export interface WriteOrder {
  readonly mode: 'new' | 'replace' | 'update';
  /**
   * Where the first octet goes. Absent: `update` goes on at the end, everything else begins anew. Beyond the end is
   * `CS_CHANGED`.
   */
  readonly offset?: number;
  /** Octets expected in all: a claim, checked against space and quota before anything is taken. */
  readonly size?: number;
  /** Only while what is there has this tag; `CS_CHANGED` otherwise, at the latest at commit. */
  readonly ifTag?: string;
  /**
   * A name for the upload (a protocol, an upload's id). Content kept under it by `abort({ keep: true })` is gone on with
   * where `offset` is its length; an upload that begins anew forgets it. Any other offset counts in what `update` finds
   * under the name, and is `CS_CHANGED` for the other modes: an old head never meets a new tail. `CS_BUSY` while another
   * draft is going on with it. Kept for a day.
   */
  readonly stage?: string;
  /**
   * What a listing of this tree said a moment ago of what has the name; null: nothing has it. A far end need not be asked
   * again before the first octet; what `new` and `ifTag` promise is kept all the same.
   */
  readonly known?: FileFacts | null;
}

/** A file on its way in. Exactly one of `commit` and `abort` ends it; nobody else sees it before `commit` resolved. */
export interface FileDraft {
  /** Octets there are so far, those found at the start included. */
  readonly length: number;
  /** Resolves (or returns undefined) when more may be written; a failure rejects, and is never thrown at once. The octets are the draft's from then on. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Resolves when the file stands under its name as safely as the tree promises; only then may anybody say 226 or 201. */
  commit(attributes?: Attributes): Promise<FileFacts>;
  /** Nothing changes under the name. Kept (with a `stage` only), it can be gone on with; else it is forgotten. Never throws. */
  abort(how?: { readonly keep: boolean }): Promise<void>;
}
