/** What a DKIM signature covers: header fields and bodies in one of two canonical forms (RFC 6376 section 3.4). */
import { createHash } from 'node:crypto';
import type { Field } from './head.ts';

export type Canonicalization = 'simple' | 'relaxed';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const OUTPUT = 16_384;

/** Without the CRLF at its end. Octets are Latin-1 characters. */
export function canonicalField(field: Field, how: Canonicalization): string {
  return how === 'simple' ? field.raw : relaxedField(field);
}

/** RFC 6376 section 3.4.2. */
function relaxedField({ name, raw }: Field): string {
  const value = raw.slice(raw.indexOf(':') + 1).replace(/\r\n(?=[ \t])/g, '');
  return `${name}:${value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')}`;
}

/**
 * SHA-256 of a body in canonical form (RFC 6376 sections 3.4.3 and 3.4.4). Fed in pieces of any size, looks at each octet
 * once and holds the same little memory for a body of any length: empty lines at the end are counted, not kept.
 */
export class BodyHash {
  readonly #relaxed: boolean;
  readonly #hash = createHash('sha256');
  readonly #out = Buffer.allocUnsafe(OUTPUT);
  #filled = 0;
  #any = false;
  #lineEnds = 0;
  #space = false;
  #cr = false;

  constructor(how: Canonicalization) {
    this.#relaxed = how === 'relaxed';
  }

  update(chunk: Uint8Array): this {
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at]!;
      if (this.#cr) {
        this.#cr = false;
        if (octet === LF) {
          this.#lineEnds++;
          this.#space = false;
          continue;
        }
        this.#text(CR);
      }
      if (octet === CR) this.#cr = true;
      else if (this.#relaxed && (octet === SPACE || octet === TAB)) this.#space = true;
      else this.#text(octet);
    }
    return this;
  }

  /** Base64. */
  digest(): string {
    if (this.#cr) this.#text(CR);
    if (this.#any || !this.#relaxed) this.#lineEnd();
    return this.#hash.update(this.#out.subarray(0, this.#filled)).digest('base64');
  }

  /** An octet that is neither a line end nor, when relaxed, white space: now it is known what stood before it. */
  #text(octet: number): void {
    for (; this.#lineEnds > 0; this.#lineEnds--) this.#lineEnd();
    if (this.#space) this.#put(SPACE);
    this.#space = false;
    this.#any = true;
    this.#put(octet);
  }

  #lineEnd(): void {
    this.#put(CR);
    this.#put(LF);
  }

  #put(octet: number): void {
    if (this.#filled === OUTPUT) {
      this.#hash.update(this.#out);
      this.#filled = 0;
    }
    this.#out[this.#filled++] = octet;
  }
}
