/**
 * Mail paths as they stand in MAIL and RCPT (RFC 5321 section 4.1.2, RFC 6531), read by hand in one pass: no regular
 * expression ever sees them. What is decided about an address is decided on what comes out of here.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { asciiDomain, isForeignSpace, isHidden } from './precis.ts';

/** Octets (RFC 5321 section 4.5.3.1); 254 is 256 without the angle brackets. */
const LOCAL_OCTETS = 64;
const DOMAIN_OCTETS = 255;
const PATH_OCTETS = 254;
const LABEL_OCTETS = 63;
/** Domains of a source route; nobody sends routes any more, so the bound only keeps it finite. */
const ROUTE_HOPS = 100;

/**
 * Why a path was refused. `non-ascii` is SMTP's 553 5.6.7 (SMTPUTF8 was not given); the rest is 501, 5.1.7 for a sender
 * and 5.1.3 for a recipient.
 */
export type PathProblem =
  | 'syntax'
  | 'control'
  | 'space'
  | 'non-ascii'
  | 'local-too-long'
  | 'domain-too-long'
  | 'path-too-long'
  | 'no-domain'
  | 'null-path';

export interface MailPath {
  /** As sent, quotes included; '' for the null path. */
  readonly local: string;
  /** As sent; '' for the null path and for `<postmaster>`. */
  readonly domain: string;
  /** As sent, without a source route. */
  readonly address: string;
  /** For comparing: the domain in lower case as A-labels, the local part untouched. */
  readonly canonical: string;
  /** What follows the path and one space: parameters. */
  readonly rest: string;
}

export interface PathRules {
  /** `<>` is a path: MAIL FROM. Otherwise `<postmaster>` needs no domain: RCPT TO. */
  readonly reverse?: boolean;
  /** Non-ASCII is allowed: the SMTPUTF8 parameter was given. */
  readonly smtputf8?: boolean;
}

export type ParsedPath = { readonly path: MailPath } | { readonly problem: PathProblem; readonly path?: undefined };

class Refused extends Error {
  readonly problem: PathProblem;

  constructor(problem: PathProblem) {
    super(problem);
    this.problem = problem;
  }
}

/**
 * `<ann@x.test> SIZE=100` → its parts. Strict: begins with `<`, and a space or nothing follows `>`.
 * @param text one command's argument without CRLF, decoded from UTF-8
 */
export function parsePath(text: string, rules: PathRules = {}): ParsedPath {
  try {
    return { path: new Scanner(text, rules.smtputf8 ?? false).path(rules.reverse ?? false) };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}

/** A bare address, `ann@x.test`, Unicode allowed; undefined when it is none. */
export function parseAddress(text: string): MailPath | undefined {
  const { path } = parsePath(`<${text}>`, { smtputf8: true });
  return path === undefined || path.address !== text || path.domain === '' || path.rest !== '' ? undefined : path;
}

const LT = 0x3c;
const GT = 0x3e;
const AT = 0x40;
const DOT = 0x2e;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const OPEN = 0x5b;
const CLOSE = 0x5d;

const ATEXT = new Set([..."!#$%&'*+-/=?^_`{|}~"].map((symbol) => symbol.charCodeAt(0)));

function isLetterOrDigit(point: number): boolean {
  return (point >= 0x30 && point <= 0x39) || (point >= 0x41 && point <= 0x5a) || (point >= 0x61 && point <= 0x7a);
}

class Scanner {
  readonly #text: string;
  readonly #unicode: boolean;
  #at = 0;

  constructor(text: string, unicode: boolean) {
    this.#text = text;
    this.#unicode = unicode;
  }

  path(reverse: boolean): MailPath {
    this.#expect(LT);
    if (this.#peek() === GT) {
      if (!reverse) throw new Refused('null-path');
      return this.#ended({ local: '', domain: '', address: '', canonical: '' });
    }
    if (this.#peek() === AT) this.#route();
    const start = this.#at;
    const local = this.#local();
    const domain = this.#domainAfter(local, reverse);
    const address = this.#text.slice(start, this.#at);
    if (Buffer.byteLength(address) > PATH_OCTETS) throw new Refused('path-too-long');
    if (domain === '') return this.#ended({ local, domain, address, canonical: local.toLowerCase() });
    const compared = domain.startsWith('[') ? domain.toLowerCase() : asciiDomain(domain);
    if (!compared) throw new Refused('syntax');
    return this.#ended({ local, domain, address, canonical: `${local}@${compared}` });
  }

  #domainAfter(local: string, reverse: boolean): string {
    if (this.#peek() === AT) {
      this.#at += 1;
      return this.#peek() === OPEN ? this.#literal() : this.#domain();
    }
    if (this.#peek() !== GT) throw this.#unexpected();
    if (reverse || local.toLowerCase() !== 'postmaster') throw new Refused('no-domain');
    return '';
  }

  /** `@a,@b:` is read, and forgotten (RFC 5321 appendix C). */
  #route(): void {
    for (let hop = 0; hop < ROUTE_HOPS; hop++) {
      this.#expect(AT);
      if (this.#peek() === OPEN) this.#literal();
      else this.#domain();
      if (this.#peek() === COLON) {
        this.#at += 1;
        return;
      }
      this.#expect(COMMA);
    }
    throw new Refused('path-too-long');
  }

  #local(): string {
    const start = this.#at;
    if (this.#peek() === QUOTE) this.#quoted();
    else this.#dotString();
    const local = this.#text.slice(start, this.#at);
    if (Buffer.byteLength(local) > LOCAL_OCTETS) throw new Refused('local-too-long');
    return local;
  }

  #dotString(): void {
    for (;;) {
      const start = this.#at;
      while (this.#isAtext(this.#peek())) this.#skip();
      if (this.#at === start) throw this.#unexpected();
      if (this.#peek() !== DOT) return;
      this.#at += 1;
    }
  }

  #quoted(): void {
    this.#at += 1;
    while (this.#peek() !== QUOTE) {
      if (this.#peek() === BACKSLASH) {
        this.#at += 1;
        if (this.#peek() > 0x7e) throw this.#unexpected();
      }
      if (this.#peek() !== SPACE) this.#visible(this.#peek());
      this.#skip();
    }
    this.#at += 1;
  }

  #domain(): string {
    const start = this.#at;
    for (;;) {
      this.#label();
      if (this.#peek() !== DOT) break;
      this.#at += 1;
    }
    const domain = this.#text.slice(start, this.#at);
    if (Buffer.byteLength(domain) > DOMAIN_OCTETS) throw new Refused('domain-too-long');
    return domain;
  }

  /** Underscores are no letters in RFC 5321, but in the names of containers, which do send mail. */
  #label(): void {
    const start = this.#at;
    for (;;) {
      const point = this.#peek();
      if (!isLetterOrDigit(point) && point !== HYPHEN && point !== UNDERSCORE && !this.#isUnicode(point)) break;
      this.#skip();
    }
    const label = this.#text.slice(start, this.#at);
    if (label === '' || label.startsWith('-') || label.endsWith('-')) throw this.#unexpected();
    if (Buffer.byteLength(label) > LABEL_OCTETS) throw new Refused('domain-too-long');
  }

  /** `[127.0.0.1]` or `[IPv6:::1]` (RFC 5321 section 4.1.3). */
  #literal(): string {
    const start = this.#at;
    this.#expect(OPEN);
    while (this.#peek() !== CLOSE) {
      const point = this.#peek();
      if (!isLetterOrDigit(point) && point !== DOT && point !== COLON) throw this.#unexpected();
      if (this.#at - start > LABEL_OCTETS) throw new Refused('domain-too-long');
      this.#at += 1;
    }
    this.#at += 1;
    const literal = this.#text.slice(start, this.#at);
    const inside = literal.slice(1, -1);
    const fine = inside.slice(0, 5).toLowerCase() === 'ipv6:' ? isIPv6(inside.slice(5)) : isIPv4(inside);
    if (!fine) throw new Refused('syntax');
    return literal;
  }

  #ended(parts: Omit<MailPath, 'rest'>): MailPath {
    this.#expect(GT);
    if (this.#at < this.#text.length) this.#expect(SPACE);
    return { ...parts, rest: this.#text.slice(this.#at) };
  }

  /** The code point here; -1 at the end. */
  #peek(): number {
    return this.#text.codePointAt(this.#at) ?? -1;
  }

  #skip(): void {
    this.#at += this.#peek() > 0xffff ? 2 : 1;
  }

  #expect(point: number): void {
    if (this.#peek() !== point) throw this.#unexpected();
    this.#at += 1;
  }

  #isAtext(point: number): boolean {
    return isLetterOrDigit(point) || ATEXT.has(point) || this.#isUnicode(point);
  }

  #isUnicode(point: number): boolean {
    if (point < 0x80) return false;
    this.#visible(point);
    return true;
  }

  /** Throws for what may stand nowhere in a path, quoted or not. */
  #visible(point: number): void {
    if (point === -1) throw new Refused('syntax');
    if (isForeignSpace(point)) throw new Refused('space');
    if (isHidden(point) || point === 0xfffd) throw new Refused('control');
    if (point >= 0x80 && !this.#unicode) throw new Refused('non-ascii');
  }

  /** The reason that the symbol here gives: a control is named as one, whatever was expected in its place. */
  #unexpected(): Refused {
    const point = this.#peek();
    if (point !== -1 && isHidden(point)) return new Refused('control');
    return new Refused(point === SPACE || isForeignSpace(point) ? 'space' : 'syntax');
  }
}
