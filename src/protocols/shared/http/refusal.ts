import { CsError, type ErrorCode } from '../../../kit/errors.ts';

/** A request that is answered by a status and a sentence, and by nothing else. */
export class HttpRefusal extends CsError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    facts: { readonly hint?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super('CS_PEER_PROTOCOL', message, facts.hint === undefined ? {} : { hint: facts.hint });
    this.status = status;
    this.headers = facts.headers ?? {};
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  CS_INPUT: 400,
  CS_USAGE: 400,
  CS_PEER_PROTOCOL: 400,
  CS_AUTH_REQUIRED: 401,
  CS_AUTH_REJECTED: 401,
  CS_UNSAFE: 403,
  CS_DENIED: 403,
  CS_NOT_FOUND: 404,
  CS_NOT_DIRECTORY: 404,
  CS_IS_DIRECTORY: 404,
  CS_TIMEOUT: 408,
  CS_EXISTS: 409,
  CS_NOT_EMPTY: 409,
  CS_EVICTED: 410,
  CS_CHANGED: 412,
  CS_PEER_LIMIT: 413,
  CS_LIMIT: 413,
  CS_LOCKED: 423,
  CS_UNSUPPORTED: 501,
  CS_BUSY: 503,
  CS_DISK_FULL: 507,
  CS_QUOTA: 507,
};

/** The status (RFC 9110 section 15) that tells a client of this failure; 500 for what is our own fault. */
export function statusOf(error: CsError): number {
  if (error instanceof HttpRefusal) return error.status;
  return STATUS[error.code] ?? 500;
}
