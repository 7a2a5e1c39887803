import { type ClientHttp2Stream, constants } from 'node:http2';
import { type FieldLines, field } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';
import { linesOf } from './h2-lines.ts';

export interface StreamContent extends AsyncIterableIterator<Uint8Array> {
  readonly trailers: FieldLines;
  /** When the last octet so far came. */
  readonly last: number;
}

/** A stream's content, once, and only as long as its answer said. @param why what a broken stream means */
export function streamContent(
  stream: ClientHttp2Stream,
  method: string,
  fields: FieldLines,
  why: (error: unknown) => unknown,
): StreamContent {
  const said = method === 'HEAD' ? undefined : field(fields, 'content-length');
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const seen = { trailers: [] as FieldLines, last: 0, length: 0 };
  stream.on('trailers', (trailers, _flags, ...more: unknown[]) => {
    seen.trailers = linesOf(more[0], trailers);
  });
  const end = (): IteratorResult<Uint8Array, undefined> => ({ done: true, value: undefined });
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const { done, value } = await chunks.next();
        seen.last = performance.now();
        if (!done) {
          seen.length += value.length;
          return { done: false, value };
        }
        // A stream that was reset as cancelled ends without an error.
        const reset = stream.rstCode !== undefined && stream.rstCode !== constants.NGHTTP2_NO_ERROR;
        if (reset || stream.aborted || (said !== undefined && Number(said) !== seen.length)) {
          throw new CsError('CS_CANNOT_CONNECT', 'the server ended the stream inside its answer');
        }
        return end();
      } catch (error) {
        throw why(error);
      }
    },
    async return() {
      stream.close(constants.NGHTTP2_CANCEL);
      return end();
    },
    get trailers() {
      return seen.trailers;
    },
    get last() {
      return seen.last;
    },
  };
}
