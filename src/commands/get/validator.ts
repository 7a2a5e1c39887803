/** How an answer proves that it is of the same content as an earlier one (RFC 9110 section 8.8). */
import { type ExchangeResponse, field } from '../../contracts/exchange.ts';

export interface Validator {
  readonly url: string;
  /** Strong ones only. */
  readonly etag?: string | undefined;
  /** As it was written. */
  readonly modified?: string | undefined;
  /** Octets of the whole. */
  readonly size?: number | undefined;
}

export function validatorOf({ url, headers, status }: ExchangeResponse): Validator {
  const etag = field(headers, 'etag');
  const [, total] = /\/(\d{1,15})$/.exec(field(headers, 'content-range') ?? '') ?? [];
  const length = status === 206 || status === 416 ? total : field(headers, 'content-length');
  return {
    url,
    etag: etag?.startsWith('"') ? etag : undefined,
    modified: field(headers, 'last-modified'),
    size: length === undefined ? undefined : Number(length),
  };
}

/** The same by its entity tag; without one by time and size. */
export function sameAsBefore(before: Validator | undefined, response: ExchangeResponse): boolean {
  const now = validatorOf(response);
  if (before === undefined || before.size !== now.size) return false;
  if (before.etag !== undefined || now.etag !== undefined) return before.etag === now.etag;
  return before.modified !== undefined && before.modified === now.modified;
}
