/**
 * Every way `cs` can fail, in one table: who is to blame and which exit code it ends with.
 * Protocols map a code to a reply of their own (RFC words); `ui/` maps it to a screen.
 */

/** `user`: mend the call. `peer`: the other end broke or refused. `system`: this machine. `bug`: `cs` itself. */
export type Blame = 'user' | 'peer' | 'system' | 'bug';

interface Kind {
  readonly exit: number;
  readonly blame: Blame;
  readonly retryable?: true;
}

export const ERRORS = {
  CS_FAILED: { exit: 1, blame: 'system' },
  CS_ASSERTION: { exit: 1, blame: 'user' },
  CS_EVICTED: { exit: 1, blame: 'system' },
  CS_USAGE: { exit: 2, blame: 'user' },
  CS_CONFIG: { exit: 2, blame: 'user' },
  CS_INPUT: { exit: 2, blame: 'user' },
  CS_SECRET_IN_ARGV: { exit: 2, blame: 'user' },
  CS_AUTH_REQUIRED: { exit: 4, blame: 'user' },
  CS_AUTH_REJECTED: { exit: 4, blame: 'user' },
  CS_TLS: { exit: 5, blame: 'peer' },
  CS_NAME_NOT_RESOLVED: { exit: 6, blame: 'user', retryable: true },
  CS_CANNOT_CONNECT: { exit: 7, blame: 'peer', retryable: true },
  CS_PEER_PROTOCOL: { exit: 8, blame: 'peer' },
  CS_PEER_LIMIT: { exit: 8, blame: 'peer' },
  CS_PEER_REFUSED: { exit: 9, blame: 'peer' },
  CS_PEER_TEMPORARY: { exit: 10, blame: 'peer', retryable: true },
  CS_UNKNOWN_OUTCOME: { exit: 10, blame: 'peer', retryable: true },
  CS_BUSY: { exit: 10, blame: 'system', retryable: true },
  CS_NOT_FOUND: { exit: 11, blame: 'user' },
  CS_PARTIAL: { exit: 12, blame: 'peer' },
  CS_EXISTS: { exit: 1, blame: 'user' },
  CS_NOT_EMPTY: { exit: 1, blame: 'user' },
  CS_CHANGED: { exit: 1, blame: 'system' },
  CS_LOCKED: { exit: 10, blame: 'system', retryable: true },
  CS_UNSUPPORTED: { exit: 1, blame: 'peer' },
  CS_NOT_DIRECTORY: { exit: 13, blame: 'user' },
  CS_IS_DIRECTORY: { exit: 13, blame: 'user' },
  CS_DENIED: { exit: 13, blame: 'user' },
  CS_LOCAL_IO: { exit: 13, blame: 'system' },
  CS_DISK_FULL: { exit: 13, blame: 'system', retryable: true },
  CS_PORT_IN_USE: { exit: 14, blame: 'user' },
  CS_CANNOT_BIND: { exit: 14, blame: 'user' },
  CS_LIMIT: { exit: 15, blame: 'user' },
  CS_QUOTA: { exit: 15, blame: 'user' },
  CS_UNSAFE: { exit: 16, blame: 'user' },
  CS_TIMEOUT: { exit: 124, blame: 'system', retryable: true },
  CS_BUG: { exit: 125, blame: 'bug' },
  CS_RUN_FAILED: { exit: 125, blame: 'system' },
  CS_CHILD_NOT_EXECUTABLE: { exit: 126, blame: 'user' },
  CS_CHILD_NOT_FOUND: { exit: 127, blame: 'user' },
} as const satisfies Record<string, Kind>;

const LOCAL = ERRORS.CS_LOCAL_IO.exit;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorFacts {
  /** What the reader can do about it: a command, a flag. */
  readonly hint?: string;
  /** The peer's own words, unescaped; whoever shows them escapes them. */
  readonly reply?: string;
  readonly cause?: unknown;
  readonly exit?: number;
}

export class CsError extends Error {
  override readonly name = 'CsError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly reply: string | undefined;
  readonly exit: number;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
    this.reply = facts.reply;
    this.exit = facts.exit ?? exitOf(code, facts.reply);
  }

  get blame(): Blame {
    return ERRORS[this.code].blame;
  }

  get retryable(): boolean {
    return 'retryable' in ERRORS[this.code];
  }
}

/** What this machine refuses ends with 13; said by a peer it is the peer's refusal, for good or for now. */
function exitOf(code: ErrorCode, reply: string | undefined): number {
  const kind: Kind = ERRORS[code];
  if (kind.exit !== LOCAL || reply === undefined) return kind.exit;
  return kind.retryable ? ERRORS.CS_PEER_TEMPORARY.exit : ERRORS.CS_PEER_REFUSED.exit;
}

/** Node's system errors in our words; anything that is not ours or the system's is a bug. */
const SYSTEM: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'CS_NOT_FOUND',
  EACCES: 'CS_LOCAL_IO',
  EPERM: 'CS_LOCAL_IO',
  EROFS: 'CS_LOCAL_IO',
  EISDIR: 'CS_IS_DIRECTORY',
  ENOTDIR: 'CS_NOT_DIRECTORY',
  EEXIST: 'CS_EXISTS',
  ENOTEMPTY: 'CS_NOT_EMPTY',
  ELOOP: 'CS_DENIED',
  ENAMETOOLONG: 'CS_INPUT',
  EIO: 'CS_LOCAL_IO',
  EMFILE: 'CS_LOCAL_IO',
  ENFILE: 'CS_LOCAL_IO',
  ENOSPC: 'CS_DISK_FULL',
  EDQUOT: 'CS_DISK_FULL',
  EFBIG: 'CS_DISK_FULL',
  EADDRINUSE: 'CS_PORT_IN_USE',
  EADDRNOTAVAIL: 'CS_CANNOT_BIND',
  ENOTFOUND: 'CS_NAME_NOT_RESOLVED',
  EAI_AGAIN: 'CS_NAME_NOT_RESOLVED',
  ECONNREFUSED: 'CS_CANNOT_CONNECT',
  ECONNRESET: 'CS_CANNOT_CONNECT',
  EHOSTUNREACH: 'CS_CANNOT_CONNECT',
  ENETUNREACH: 'CS_CANNOT_CONNECT',
  EPIPE: 'CS_CANNOT_CONNECT',
  ETIMEDOUT: 'CS_TIMEOUT',
};

/** What helps, where it is the same for all that meet it. */
const HINTS: Readonly<Record<string, { readonly hint: string }>> = {
  EMFILE: { hint: 'this process may have too few files open: ulimit -n 1024' },
};

/** Any thrown value as a `CsError`: ours untouched, Node's by the table above, the rest as `CS_BUG`. */
export function asCsError(error: unknown): CsError {
  if (error instanceof CsError) return error;
  if (!(error instanceof Error)) return new CsError('CS_BUG', String(error));
  const system = (error as NodeJS.ErrnoException).code;
  const code = system === undefined ? undefined : SYSTEM[system];
  if (code !== undefined) return new CsError(code, error.message, { cause: error, ...HINTS[system as string] });
  if (error.name === 'TimeoutError') return new CsError('CS_TIMEOUT', 'the time limit was reached', { cause: error });
  return new CsError('CS_BUG', error.message, { cause: error });
}
