/** Request and response as a client sees them, whatever version of HTTP carries them (RFC 9110). */

/** Field lines in their order, names as written; a name may come several times. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

export interface RequestBody {
  /** Octets in all; undefined: nobody knows yet (chunked). */
  readonly length: number | undefined;
  /** From the beginning. A body that can be had once only throws `CS_INPUT` when it is asked for again. */
  open(): AsyncIterable<Uint8Array>;
}

export interface ExchangeRequest {
  readonly method: string;
  /** Absolute, or path and query on the connected origin; percent-encoded. Absent: what the target named. */
  readonly url?: string;
  /** Host, lengths, credentials and cookies are added where they are not given. */
  readonly headers?: FieldLines;
  readonly body?: RequestBody;
  /** The content as it was sent: content codings are neither asked for nor undone. */
  readonly raw?: true;
  /** Tries after a temporary failure, of a method that may be done twice (RFC 9110 section 9.2.2); 0. */
  readonly retry?: number;
  /** Answers that are taken as they are, in place of following, logging in and trying again. */
  readonly once?: true;
}

/** Milliseconds of the last request; name, connect and tls are 0 on a connection that was open already. */
export interface ExchangeTimings {
  readonly name: number;
  readonly connect: number;
  readonly tls: number;
  /** Until the first octet of the final answer. */
  readonly first: number;
  /** Until the last octet that was read so far. */
  readonly total: number;
}

/** An answer on the way that was not the last one. */
export interface Hop {
  readonly method: string;
  /** Printable. */
  readonly url: string;
  readonly status: number;
  readonly why: 'redirect' | 'login' | 'retry';
}

export interface ExchangeResponse {
  readonly method: string;
  /** Where the answer came from in the end; without user and password. */
  readonly url: string;
  readonly version: '1.0' | '1.1' | '2';
  readonly status: number;
  /** The peer's words; '' in HTTP/2. */
  readonly reason: string;
  readonly headers: FieldLines;
  /** A user's name or a token went along. */
  readonly authorized: boolean;
  readonly hops: readonly Hop[];
  /**
   * The content, once; leaving it early closes the connection. Throws `CS_PEER_PROTOCOL` and `CS_CANNOT_CONNECT` for what
   * breaks off, `CS_PEER_LIMIT` for what grows beyond the limits: never a short success.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The content is not wanted. */
  discard(): Promise<void>;
  /** Known once the body was read. */
  trailers(): FieldLines;
  timings(): ExchangeTimings;
  /** Octets of the content as they came, before a coding was undone. */
  received(): number;
}

/** Requests at one origin, and where that sends them. */
export interface Exchange {
  /** Resolves at the head of the last answer, whatever its status. Throws `CS_INPUT` for what could end a line early. */
  send(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResponse>;
  /** Cookies of this run, in the lines of a Netscape cookie file. */
  readonly cookies: { load(text: string): Promise<void>; save(): Promise<string> };
}

/** The value of a field that may stand once; several lines are joined by commas (RFC 9110 section 5.3). */
export function field(headers: FieldLines, name: string): string | undefined {
  const found = headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  return found.length === 0 ? undefined : found.join(', ');
}
