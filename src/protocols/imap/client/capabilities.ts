/** What a server says it can do. IMAP4rev2 includes what used to be extensions (RFC 9051 appendix E). */

const IN_REV2 = new Set([
  ...['BINARY', 'ENABLE', 'ESEARCH', 'IDLE', 'LIST-EXTENDED', 'LIST-STATUS', 'LITERAL-', 'MOVE', 'NAMESPACE'],
  ...['SASL-IR', 'SEARCHRES', 'SPECIAL-USE', 'STATUS=SIZE', 'UIDPLUS', 'UNSELECT'],
]);

export class Capabilities {
  readonly words: readonly string[];
  readonly #known: ReadonlySet<string>;

  constructor(words: readonly string[]) {
    this.words = words;
    this.#known = new Set(words.map((word) => word.toUpperCase()));
  }

  has(word: string): boolean {
    if (this.#known.has(word)) return true;
    // QRESYNC is CONDSTORE and more (RFC 7162 section 3.2).
    if (word === 'CONDSTORE') return this.#known.has('QRESYNC');
    return IN_REV2.has(word) && this.#known.has('IMAP4REV2');
  }

  /** The words behind `PREFIX=`. */
  all(prefix: string): readonly string[] {
    const start = `${prefix}=`;
    return [...this.#known].filter((word) => word.startsWith(start)).map((word) => word.slice(start.length));
  }

  /** Octets of the largest literal that goes without waiting (RFC 7888). */
  get literalAhead(): number {
    if (this.has('LITERAL+')) return Number.POSITIVE_INFINITY;
    return this.has('LITERAL-') ? 4096 : -1;
  }
}
