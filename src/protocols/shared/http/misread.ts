/** What the parser of `node:http` could not read, as the answer to it. */
import { HttpRefusal } from './refusal.ts';

/** Of a header block. */
export const HEADER_OCTETS = 16 * 1024;

const MISREAD: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, `the header is longer than ${HEADER_OCTETS} octets`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too long'],
  HPE_PAUSED_H2_UPGRADE: [505, 'only HTTP/1.1 is spoken here'],
};

/** What `clientError` gets: where in which octets the parser stopped. */
export type Misread = Error & { readonly code?: string; readonly rawPacket?: Buffer; readonly bytesParsed?: number };

export function misreading(error: Misread): HttpRefusal {
  const { code = '' } = error;
  if (code === 'HPE_INVALID_METHOD' && isRequestLine(error))
    return new HttpRefusal(501, 'no such method is known here');
  const [status, words] = MISREAD[code] ?? [400, 'this is not HTTP/1.1'];
  return new HttpRefusal(status, words);
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e]+ HTTP\/1\.[01]$/;

/** Nothing is wrong with the line but that the parser has no such method (RFC 9110 section 15.6.2); it has to have come at once. */
function isRequestLine({ rawPacket, bytesParsed = 0 }: Misread): boolean {
  const text = rawPacket?.toString('latin1') ?? '';
  const start = text.lastIndexOf('\n', bytesParsed - 1) + 1;
  const end = text.indexOf('\r\n', start);
  return end !== -1 && REQUEST_LINE.test(text.slice(start, end));
}
