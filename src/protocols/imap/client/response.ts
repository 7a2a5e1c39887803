/** What a server says, line by line (RFC 9051 section 7). */
import { CsError } from '../../../kit/errors.ts';
import { decodeUtf8 } from '../syntax/binary-text.ts';
import { Cursor } from '../syntax/cursor.ts';
import type { Line } from '../syntax/line-reader.ts';

/** `[COPYUID 1 2:3 4:5]`: name in upper case, the rest as written. */
export interface Code {
  readonly name: string;
  readonly args: string;
}

export interface Status {
  readonly status: 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH';
  readonly code: Code | undefined;
  readonly text: string;
}

export interface Data {
  readonly kind: 'data';
  /** Upper case: `FETCH`, `LIST`. */
  readonly name: string;
  /** What stands before the name: a message number. */
  readonly number: number | undefined;
  /** Behind the name and its space. */
  readonly cursor: Cursor;
}

export type Response =
  | { readonly kind: 'continue'; readonly text: string }
  | ({ readonly kind: 'tagged'; readonly tag: string } & Status)
  | ({ readonly kind: 'status' } & Status)
  | Data;

const STATUS = /(OK|NO|BAD|BYE|PREAUTH)(?= |$)/iy;
const NUMBER = /(\d{1,10}) /y;
const TAG = /([!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]{1,64}) /y;
const CODE = /\[([!-Z^-~]{1,64})(?: ((?:[^\]"\r\n]|"(?:[^"\\]|\\.)*")*))?\] ?/y;

/** Free text (RFC 9051 section 9, resp-text): what looks like a literal's mark at its end is none. */
export function isFreeText(line: string): boolean {
  return /^(?:\+|\* (?:OK|NO|BAD|BYE|PREAUTH)\b|[^ *+]\S* (?:OK|NO|BAD)\b)/i.test(line);
}

/** Throws `CS_PEER_PROTOCOL` for what is no response at all. */
export function parseResponse(line: Line): Response {
  const cursor = new Cursor(line, { nul: true });
  if (cursor.accept('+')) return { kind: 'continue', text: cursor.rest().replace(/^ /, '') };
  if (!cursor.accept('* ')) return tagged(cursor);
  const status = statusOf(cursor);
  if (status) return { kind: 'status', ...status };
  const number = cursor.match(NUMBER);
  const name = cursor.word('a response');
  cursor.accept(' ');
  return { kind: 'data', name, number: number && Number(number[1]), cursor };
}

function tagged(cursor: Cursor): Response {
  const tag = cursor.match(TAG)?.[1];
  const status = tag === undefined ? undefined : statusOf(cursor);
  if (tag === undefined || status === undefined || status.status === 'BYE' || status.status === 'PREAUTH')
    throw new CsError('CS_PEER_PROTOCOL', 'the server said what is no IMAP response');
  return { kind: 'tagged', tag, ...status };
}

function statusOf(cursor: Cursor): Status | undefined {
  const word = cursor.match(STATUS)?.[1];
  if (word === undefined) return undefined;
  cursor.accept(' ');
  const code = cursor.match(CODE);
  const rest = cursor.rest();
  const status = word.toUpperCase() as Status['status'];
  const name = code?.[1]?.toUpperCase();
  return {
    status,
    code: name === undefined ? undefined : { name, args: code?.[2] ?? '' },
    text: decodeUtf8(rest) ?? rest,
  };
}

/** As the server wrote it, for people. */
export function statusLine({ status, code, text }: Status): string {
  const shown = code && `[${code.name}${code.args === '' ? '' : ` ${code.args}`}]`;
  return [status, shown, text].filter((part) => part !== undefined && part !== '').join(' ');
}
