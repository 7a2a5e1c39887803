/** A message taken apart once, for all of its signatures. */
import { BodyHash, type Canonicalization, canonicalField } from './canonical.ts';
import { type Field, headFields, LARGEST_HEAD, splitMessage } from './head.ts';
import type { Signature } from './signature.ts';

export class SignedMessage {
  /** From the top down; none where the header is too large to be looked at. */
  readonly fields: readonly Field[];
  /** The header is larger than anybody should hold: nothing is known about it. */
  readonly large: boolean;
  readonly #body: Buffer;
  readonly #hashes = new Map<Canonicalization, string>();
  readonly #byName = new Map<string, Field[]>();
  readonly #relaxed = new Map<Field, string>();

  /** @param octets with CRLF line ends */
  constructor(octets: Buffer) {
    const { head, body } = splitMessage(octets);
    this.#body = body;
    this.large = head.length > LARGEST_HEAD;
    this.fields = this.large ? [] : headFields(head);
    for (const field of this.fields) {
      const same = this.#byName.get(field.name);
      if (same) same.push(field);
      else this.#byName.set(field.name, [field]);
    }
  }

  static of(message: Buffer | SignedMessage): SignedMessage {
    return message instanceof SignedMessage ? message : new SignedMessage(message);
  }

  named(name: string): readonly Field[] {
    return this.#byName.get(name) ?? [];
  }

  /** Base64; computed once for each form. */
  bodyHash(how: Canonicalization): string {
    const hash = this.#hashes.get(how) ?? new BodyHash(how).update(this.#body).digest();
    this.#hashes.set(how, hash);
    return hash;
  }

  /**
   * What a signature over the header covers: from the bottom up for each name; a name too often stands for a field that
   * nobody may add (RFC 6376 section 5.4.2). At last the signature's own field, without its proof.
   */
  signedOctets(own: Field, { fields: wanted, header }: Signature): Buffer {
    const taken = new Map<string, number>();
    const chosen: string[] = [];
    for (const name of wanted) {
      const same = this.named(name);
      let at = (taken.get(name) ?? same.length) - 1;
      if (same[at] === own) at -= 1;
      taken.set(name, Math.max(at, 0));
      const field = same[at];
      if (field) chosen.push(this.canonical(field, header));
    }
    chosen.push(canonicalField(withoutProof(own), header));
    return Buffer.from(chosen.join('\r\n'), 'latin1');
  }

  canonical(field: Field, how: Canonicalization): string {
    if (how === 'simple') return canonicalField(field, how);
    const text = this.#relaxed.get(field) ?? canonicalField(field, how);
    this.#relaxed.set(field, text);
    return text;
  }
}

/** Without all that stands between `b=` and the next semicolon. */
export function withoutProof({ name, raw }: Field): Field {
  const start = raw.indexOf(':') + 1;
  const specs = raw.slice(start).split(';');
  const bare = specs.map((spec) => (/^\s*b\s*=/.test(spec) ? spec.slice(0, spec.indexOf('=') + 1) : spec));
  return { name, raw: raw.slice(0, start) + bare.join(';') };
}
