/** Header fields (RFC 5322 section 2.2): unfolded, one octet per character. Never an error: a line without a name is left out. */

/** Names are longer in no standard; what is longer is no field that anybody asks for. */
const NAME_LIMIT = 100;

/**
 * Every field of a header block, in order: its name in lower case, and its value without the white space around it.
 * @param wanted others are not looked at
 */
export function forEachField(
  block: string,
  visit: (name: string, value: string) => void,
  wanted?: ReadonlySet<string>,
): void {
  let name: string | undefined;
  let start = 0;
  let stop = 0;
  let folded = false;
  for (let at = 0; at < block.length; ) {
    const lf = block.indexOf('\n', at);
    const end = lf === -1 ? block.length : lf;
    const first = block.charCodeAt(at);
    if (first === 32 || first === 9) {
      stop = end;
      folded = true;
    } else {
      if (name !== undefined) visit(name, tidy(block.slice(start, stop), folded));
      const colon = block.slice(at, Math.min(end, at + NAME_LIMIT)).indexOf(':');
      name = colon === -1 ? undefined : fieldName(block.slice(at, at + colon), wanted);
      start = at + colon + 1;
      stop = end;
      folded = false;
    }
    at = end + 1;
  }
  if (name !== undefined) visit(name, tidy(block.slice(start, stop), folded));
}

/** The first of each field, and all values where a field may be repeated. */
export class Fields {
  readonly #values = new Map<string, string[]>();

  /** @param wanted names in lower case; others are not kept */
  constructor(block: string, wanted: ReadonlySet<string>) {
    const keep = (name: string, value: string): void => {
      const known = this.#values.get(name);
      if (known) known.push(value);
      else this.#values.set(name, [value]);
    };
    forEachField(block, keep, wanted);
  }

  first(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

function fieldName(written: string, wanted: ReadonlySet<string> | undefined): string | undefined {
  const name = written.trimEnd().toLowerCase();
  if (wanted) return wanted.has(name) ? name : undefined;
  return /^[!-9;-~]+$/.test(name) ? name : undefined;
}

/** Unfolded, a tab of the fold as a space. What no IMAP string can hold becomes a space: a lone CR, a NUL. */
function tidy(written: string, folded: boolean): string {
  const value = folded ? written.replace(/\r?\n\t?/g, (fold) => (fold.endsWith('\t') ? ' ' : '')) : written;
  return (/[\r\0]/.test(value) ? value.replace(/[\r\0]/g, ' ') : value).trim();
}
