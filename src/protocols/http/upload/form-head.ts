/** The header of one part of a form (RFC 7578 section 4.2), as browsers and curl write it. */
import { HttpRefusal } from '../../shared/http/refusal.ts';

export interface PartHead {
  readonly name: string;
  /** Undefined: a field. */
  readonly filename: string | undefined;
}

const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*(.*)$/;
const PARAMETER = /[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^";\s]*))/y;

/** @param lines octets as characters. Throws 400. */
export function partHead(lines: readonly string[]): PartHead {
  let disposition: string | undefined;
  for (const line of lines) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === '') throw new HttpRefusal(400, 'the header of a part is malformed');
    if (key === 'content-disposition') {
      if (disposition !== undefined) throw new HttpRefusal(400, 'a part with two dispositions');
      disposition = value;
    } else if (key === 'content-transfer-encoding' && !/^(?:7bit|8bit|binary)$/i.test(value.trim())) {
      throw new HttpRefusal(400, 'a part in a transfer encoding');
    }
  }
  const parameters = readDisposition(disposition ?? '');
  const name = parameters.get('name');
  if (name === undefined) throw new HttpRefusal(400, 'a part without a name');
  return { name, filename: parameters.get('filename') };
}

function readDisposition(value: string): ReadonlyMap<string, string> {
  const type = /^form-data(?=[ \t;]|$)/i.exec(value)?.[0];
  if (type === undefined) throw new HttpRefusal(400, 'a part that is no form data');
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = type.length;
  while (PARAMETER.lastIndex < value.trimEnd().length) {
    const [, name, quoted, plain = ''] = PARAMETER.exec(value) ?? [];
    if (name === undefined || parameters.has(name.toLowerCase())) throw new HttpRefusal(400, 'a malformed disposition');
    parameters.set(name.toLowerCase(), quoted === undefined ? utf8(plain) : unquoted(utf8(quoted)));
  }
  return parameters;
}

/** Browsers write `"` as `%22`, curl as `\"`; any other backslash is part of the name. */
function unquoted(text: string): string {
  return text
    .replace(/\\(["\\])/g, '$1')
    .replace(/%22/g, '"')
    .replace(/%0D/gi, '\r')
    .replace(/%0A/gi, '\n');
}

function utf8(octets: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(octets, 'latin1'));
  } catch {
    throw new HttpRefusal(400, 'a name that is not UTF-8');
  }
}
