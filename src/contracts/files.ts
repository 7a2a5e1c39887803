import type { FileName, FilePath } from '../kit/file-path.ts';
import type { FileDraft, WriteOrder } from './file-draft.ts';
import type { ByteRange } from './mail.ts';

/** Links are followed inside the tree and never seen; one that leads out of it, or anything else, is not there. */
export interface FileFacts {
  readonly kind: 'file' | 'directory';
  /** Octets; 0 for a directory. */
  readonly size: number;
  /** Milliseconds since 1970, possibly with a fraction. */
  readonly modified: number;
  /** Unix permission bits (0o777), where there are any. */
  readonly mode?: number;
  /** Opaque; another one as soon as the content is another (an ETag is made of it). '' where the far end cannot tell. */
  readonly tag: string;
  /** An upload that is under way or was cut, as its uploader alone sees it. Nobody reads half a file: `open` throws `CS_LOCKED`. */
  readonly partial?: true;
}

export interface FileEntry extends FileFacts {
  readonly name: FileName;
}

/** A file as it was when it was opened, also while it is replaced. */
export interface OpenFile extends AsyncDisposable {
  readonly facts: FileFacts;
  /** Octets in order; a chunk is the reader's to keep. Throws `CS_CHANGED` when the file became shorter meanwhile. */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Fills `into` from `position` on; resolves to how many octets, 0 at the end. Absent where there is only a stream. */
  readAt?(into: Uint8Array, position: number): Promise<number>;
}

/** All of a file, and the facts of the version that its octets are. */
export interface WholeFile {
  readonly facts: FileFacts;
  readonly octets: readonly Uint8Array[];
}

/** An upload that was cut and may be gone on with (see `WriteOrder`). */
export interface StagedFile {
  readonly name: FileName;
  readonly stage: string;
  readonly length: number;
  readonly modified: number;
}

export type HashName = 'sha256' | 'sha512' | 'sha1' | 'md5' | 'crc32';

/** What a change of attributes may say; a tree changes those it has. */
export interface Attributes {
  /** Milliseconds since 1970. */
  readonly modified?: number;
  /** Permission bits, 0o777 at most: never setuid, setgid or sticky. */
  readonly mode?: number;
}

/**
 * One tree of files. Servers take it, clients are it. Methods beyond the first three are abilities, asked for before use:
 * a tree without `write` is read only. Errors: `CS_NOT_FOUND CS_EXISTS CS_NOT_EMPTY CS_NOT_DIRECTORY CS_IS_DIRECTORY CS_DENIED
 * CS_DISK_FULL CS_QUOTA CS_LIMIT CS_CHANGED CS_LOCKED CS_UNSUPPORTED CS_BUSY CS_LOCAL_IO`, and no others; for a
 * session without a user also `CS_AUTH_REQUIRED`, where an account might be allowed to.
 */
export interface FileTree {
  stat(path: FilePath, signal?: AbortSignal): Promise<FileFacts>;
  /** In no order. Throws `CS_NOT_DIRECTORY` for a file. */
  list(path: FilePath, signal?: AbortSignal): AsyncIterable<FileEntry>;
  /**
   * For reading. Throws `CS_IS_DIRECTORY`. `known` is what a listing of this tree said of the file a moment ago: a far end
   * need not be asked for it again. Reading all of it throws `CS_CHANGED` where it has another size by now.
   */
  open(path: FilePath, signal?: AbortSignal, known?: FileFacts): Promise<OpenFile>;
  /** For small files, where each step costs more than the octets: `open`, `read` and the end in one. What they throw. */
  readWhole?(path: FilePath, known: FileFacts, signal?: AbortSignal): Promise<WholeFile>;
  write?(path: FilePath, order: WriteOrder, signal?: AbortSignal): Promise<FileDraft>;
  /** The same for `write` and `commit`; nothing of it is left where it throws. The octets are the tree's from then on. */
  writeWhole?(
    path: FilePath,
    order: WriteOrder,
    octets: readonly Uint8Array[],
    attributes?: Attributes,
    signal?: AbortSignal,
  ): Promise<FileFacts>;
  /** Octets that a cut upload left under this stage (see `WriteOrder`), and when. Undefined: none. */
  staged?(path: FilePath, stage: string): Promise<{ readonly length: number; readonly modified: number } | undefined>;
  /** What cut uploads left for names of this directory, under whatever stage. It is renamed and removed with the directory. */
  stagedIn?(directory: FilePath): Promise<readonly StagedFile[]>;
  /** One level; throws `CS_EXISTS`, and `CS_NOT_FOUND` without its parent. */
  makeDir?(path: FilePath, signal?: AbortSignal): Promise<void>;
  /** A directory is there with the first file in it: no command makes one, `write` does on the way, or the far end refuses. */
  readonly impliesDirectories?: true;
  /** A file, or an empty directory, as `kind` says; throws `CS_IS_DIRECTORY`, `CS_NOT_DIRECTORY`, `CS_NOT_EMPTY`. */
  remove?(path: FilePath, kind: FileFacts['kind'], signal?: AbortSignal): Promise<void>;
  /** At once. Without `replace` throws `CS_EXISTS`; with it a file takes a file's place. A directory never goes into itself. */
  rename?(from: FilePath, to: FilePath, how: { readonly replace: boolean }, signal?: AbortSignal): Promise<void>;
  /** A file's content, at the far end. */
  copy?(from: FilePath, to: FilePath, how: { readonly replace: boolean }, signal?: AbortSignal): Promise<void>;
  setAttributes?(path: FilePath, attributes: Attributes, signal?: AbortSignal): Promise<void>;
  /** Lower-case hexadecimal. Throws `CS_UNSUPPORTED` for an algorithm it does not know. */
  hash?(path: FilePath, name: HashName, range?: ByteRange, signal?: AbortSignal): Promise<string>;
  /** Octets that are free for this owner, and in all. */
  space?(): Promise<{ readonly free: number; readonly total: number }>;
  /**
   * At once and without a thread: the facts of a regular file, for caches of small files. Undefined if it is not there, and
   * where only `stat` or `open` could tell whether it is (a file that neither has been asked for yet).
   */
  peek?(path: FilePath): FileFacts | undefined;
}

/** On whose behalf a tree is used: rights, homes, quotas and what the journal says hang on it. */
export interface FileSession {
  /** Canonical account name; '' before a login, or where none is asked for. */
  readonly user: string;
  readonly server: string;
  readonly conn: string;
}

/** The files of everybody. */
export interface FileHouse {
  /** As this session may see and change them. Costs nothing: ask again after a login. */
  of(session: FileSession): FileTree;
}
