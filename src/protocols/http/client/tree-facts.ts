import { type ExchangeResponse, field } from '../../../contracts/exchange.ts';
import type { FileFacts } from '../../../contracts/files.ts';
import { CsError, type ErrorCode } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import { parseHttpDate } from '../../shared/http/date.ts';

/** What a file's own answer says of it. The size is that of the whole, also in an answer of a part. */
export function factsOf({ headers }: Pick<ExchangeResponse, 'headers'>): FileFacts {
  const [, total] = /^bytes [^/]*\/(\d{1,15})$/.exec(field(headers, 'content-range') ?? '') ?? [];
  const size = Number(total ?? field(headers, 'content-length') ?? 0);
  return { kind: 'file', size, modified: modifiedOf({ headers }) ?? 0, tag: tagOf({ headers }) };
}

/** A strong entity tag without its quotes; '' where there is none, and for a weak one, which proves nothing. */
export function tagOf({ headers }: Pick<ExchangeResponse, 'headers'>): string {
  return /^"([^"]{1,1000})"$/.exec(field(headers, 'etag') ?? '')?.[1] ?? '';
}

export function modifiedOf({ headers }: Pick<ExchangeResponse, 'headers'>): number | undefined {
  return parseHttpDate(field(headers, 'last-modified') ?? '');
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'CS_DENIED',
  403: 'CS_DENIED',
  404: 'CS_NOT_FOUND',
  405: 'CS_UNSUPPORTED',
  408: 'CS_BUSY',
  409: 'CS_NOT_FOUND',
  410: 'CS_NOT_FOUND',
  411: 'CS_UNSUPPORTED',
  412: 'CS_CHANGED',
  413: 'CS_LIMIT',
  414: 'CS_DENIED',
  423: 'CS_LOCKED',
  429: 'CS_BUSY',
  501: 'CS_UNSUPPORTED',
  502: 'CS_BUSY',
  503: 'CS_BUSY',
  504: 'CS_BUSY',
  507: 'CS_DISK_FULL',
};

/** A refusal in the words of a tree; a login that is missing is told as one. */
export function refusedBy({ status, reason, url, authorized }: ExchangeResponse, path: FilePath): CsError {
  if (status === 401) {
    return new CsError(
      authorized ? 'CS_AUTH_REJECTED' : 'CS_AUTH_REQUIRED',
      `${url} wants ${authorized ? 'another' : 'a'} login`,
      {
        hint: '--user NAME, and --password-file FILE, --password-fd N or ~/.netrc',
      },
    );
  }
  const code = CODES[status] ?? (status >= 500 ? 'CS_BUSY' : 'CS_DENIED');
  const reply = `${status}${reason === '' ? '' : ` ${reason}`}`;
  // What everybody has words for needs none of the server's.
  if (code === 'CS_NOT_FOUND') return new CsError(code, `${showPath(path)} is not there`);
  return new CsError(code, `${showPath(path)} is refused`, { reply });
}
