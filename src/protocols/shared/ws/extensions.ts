/** `Sec-WebSocket-Extensions` (RFC 6455 section 9.1). */

export interface Extension {
  readonly name: string;
  readonly parameters: readonly (readonly [string, string | undefined])[];
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// A quoted value is a token in quotes: nothing else may stand between them.
const PARAMETER = new RegExp(`^(${TOKEN})[ \\t]*(?:=[ \\t]*(?:(${TOKEN})|"(${TOKEN})"))?$`);
const NAME = new RegExp(`^${TOKEN}$`);
const OCTETS = 4096;
const MOST = 32;

/** In the order of the client's wish; undefined for what is malformed or too much. */
export function parseExtensions(header: string): readonly Extension[] | undefined {
  if (header.length > OCTETS) return undefined;
  const found: Extension[] = [];
  for (const one of header.split(',')) {
    const [name = '', ...rest] = one.split(';').map((part) => part.trim());
    // Empty elements of a list count for nothing (RFC 9110 section 5.6.1).
    if (name === '' && rest.length === 0) continue;
    const matched = rest.map((part) => PARAMETER.exec(part));
    if (!NAME.test(name) || found.length >= MOST || rest.length > MOST) return undefined;
    const parameters: (readonly [string, string | undefined])[] = [];
    for (const match of matched) {
      if (match === null) return undefined;
      parameters.push([match[1]!, match[2] ?? match[3]]);
    }
    found.push({ name, parameters });
  }
  return found;
}
