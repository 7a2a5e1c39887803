import type { FieldLines } from '../../../contracts/exchange.ts';
import { CsError } from '../../../kit/errors.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;

/** Request line and fields. Throws `CS_INPUT` for whatever could end a line early (trust.md CL-07); quotes no value. */
export function encodeHead(method: string, target: string, fields: FieldLines): string {
  checkMethod(method);
  if (!/^[\x21-\x7e]{1,65536}$/.test(target)) throw new CsError('CS_INPUT', 'the target is not percent-encoded');
  checkFields(fields);
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A token (RFC 9110 section 9.1); CONNECT is a proxy's. Throws `CS_INPUT`. */
export function checkMethod(method: string): void {
  if (!TOKEN.test(method)) throw new CsError('CS_INPUT', `not a method: ${JSON.stringify(method.slice(0, 40))}`);
  if (method === 'CONNECT') throw new CsError('CS_INPUT', 'CONNECT is for proxies', { hint: '--proxy URL' });
}

/** Throws `CS_INPUT` for names and values that no field can have. */
export function checkFields(fields: FieldLines): void {
  for (const [name, value] of fields) {
    if (!TOKEN.test(name)) throw new CsError('CS_INPUT', `not a header name: ${JSON.stringify(name.slice(0, 40))}`);
    if (!VALUE.test(value))
      throw new CsError('CS_INPUT', `the header ${name} has a line break or another control in it`);
  }
}
