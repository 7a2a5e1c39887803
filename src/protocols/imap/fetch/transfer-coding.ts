/** Content transfer encodings, undone piece by piece (RFC 2045 section 6). What breaks their rules is passed over, as mail programs do. */

export interface Decoder {
  push(octets: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);
const CR = 13;
const LF = 10;
const EQUALS = 0x3d;

/** Undefined for an encoding nobody knows. */
export function decoderOf(encoding: string): Decoder | undefined {
  switch (encoding.toLowerCase()) {
    case '7bit':
    case '8bit':
    case 'binary':
    case '':
      return { push: (octets) => octets, end: () => NOTHING };
    case 'base64':
      return new Base64();
    case 'quoted-printable':
      return new QuotedPrintable();
    default:
      return undefined;
  }
}

export function decodeAll(decoder: Decoder, octets: Uint8Array): Uint8Array {
  const [first, last] = [decoder.push(octets), decoder.end()];
  return last.length === 0 ? first : Buffer.concat([first, last]);
}

class Base64 implements Decoder {
  #held = '';

  push(octets: Uint8Array): Uint8Array {
    const text = this.#held + Buffer.prototype.latin1Slice.call(octets).replace(/[^A-Za-z0-9+/]/g, '');
    const whole = text.length - (text.length % 4);
    this.#held = text.slice(whole);
    return Buffer.from(text.slice(0, whole), 'base64');
  }

  end(): Uint8Array {
    return Buffer.from(this.#held, 'base64');
  }
}

class QuotedPrintable implements Decoder {
  /** A line without its end yet. */
  #held: Uint8Array = NOTHING;

  push(octets: Uint8Array): Uint8Array {
    const all = this.#held.length === 0 ? octets : Buffer.concat([this.#held, octets]);
    const whole = all.lastIndexOf(LF) + 1;
    this.#held = Uint8Array.prototype.slice.call(all, whole);
    return decodeQuoted(all.subarray(0, whole));
  }

  end(): Uint8Array {
    return decodeQuoted(this.#held);
  }
}

function decodeQuoted(octets: Uint8Array): Uint8Array {
  const decoded = Buffer.allocUnsafe(octets.length);
  let to = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (octet === 0x20 || octet === 0x09) {
      // Space before a line's end was added on the way.
      let end = at;
      while (octets[end] === 0x20 || octets[end] === 0x09) end += 1;
      if (octets[end] === LF || (octets[end] === CR && octets[end + 1] === LF)) {
        at = end - 1;
        continue;
      }
      while (at < end) decoded[to++] = octets[at++]!;
      at -= 1;
    } else if (octet !== EQUALS) {
      decoded[to++] = octet;
    } else {
      const skipped = softBreak(octets, at);
      if (skipped > 0) {
        at += skipped;
        continue;
      }
      const value = hex(octets[at + 1]) * 16 + hex(octets[at + 2]);
      if (Number.isNaN(value)) decoded[to++] = octet;
      else {
        decoded[to++] = value;
        at += 2;
      }
    }
  }
  return decoded.subarray(0, to);
}

/** Octets behind an `=` that ends a line; 0 where it does not. */
function softBreak(octets: Uint8Array, equals: number): number {
  let at = equals + 1;
  while (octets[at] === 0x20 || octets[at] === 0x09) at += 1;
  if (octets[at] === CR && octets[at + 1] === LF) return at + 1 - equals;
  if (octets[at] === LF || at === octets.length) return at - equals;
  return 0;
}

function hex(octet: number | undefined): number {
  if (octet === undefined) return Number.NaN;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : Number.NaN;
}
