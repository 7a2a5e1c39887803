/** The grammar of SCRAM messages (RFC 5802 section 7) and of the GS2 header (RFC 5801 section 4). */

export interface Gs2 {
  /** `n`: none; `y`: the client could, and thinks that the server cannot; anything else is a channel binding's name. */
  readonly binding: string;
  readonly authzid: string;
  /** The header as sent, with its last comma: what `c=` must repeat. */
  readonly header: string;
  readonly rest: string;
}

/** `n,,rest` · `n,a=NAME,rest` · `y,,rest` · `p=tls-exporter,,rest`. */
export function parseGs2(text: string): Gs2 | undefined {
  const first = text.indexOf(',');
  const second = text.indexOf(',', first + 1);
  if (first === -1 || second === -1) return undefined;
  const flag = text.slice(0, first);
  const written = text.slice(first + 1, second);
  const authzid = written === '' ? '' : written.startsWith('a=') ? decodeName(written.slice(2)) : undefined;
  if (authzid === undefined || (written !== '' && authzid === '')) return undefined;
  if (flag !== 'n' && flag !== 'y' && !(flag.startsWith('p=') && flag.length > 2)) return undefined;
  const binding = flag.startsWith('p=') ? flag.slice(2) : flag;
  return { binding, authzid, header: text.slice(0, second + 1), rest: text.slice(second + 1) };
}

/** `=2C` and `=3D` back to `,` and `=`; undefined for any other use of them. */
export function decodeName(written: string): string | undefined {
  const [first = '', ...parts] = written.split('=');
  let name = first;
  for (const part of parts) {
    if (part.startsWith('2C')) name += `,${part.slice(2)}`;
    else if (part.startsWith('3D')) name += `=${part.slice(2)}`;
    else return undefined;
  }
  return first.includes(',') || written.includes('\0') ? undefined : name;
}

export function encodeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

/** `r=..,s=..,i=..` → its values when it starts with these attributes in this order; extensions behind them are passed over. */
export function parseAttributes(text: string, names: readonly string[]): readonly string[] | undefined {
  const attributes = text.split(',');
  const values: string[] = [];
  for (const [index, name] of names.entries()) {
    const attribute = attributes[index];
    if (attribute === undefined || attribute[0] !== name || attribute[1] !== '=') return undefined;
    values.push(attribute.slice(2));
  }
  return values;
}

/** Printable ASCII without a comma, and short enough to be kept. */
export function isNonce(text: string): boolean {
  if (text === '' || text.length > 512) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || code === 0x2c) return false;
  }
  return true;
}
