/** Address lists (RFC 5322 section 3.4), old and broken ones too: the one place that takes them apart. Never an error. */
import { delimited, scan, type Token } from './scanner.ts';

/** As in ENVELOPE (RFC 9051 section 7.5.2): a group begins with a mailbox without host and ends with neither. */
export interface Address {
  readonly name?: string;
  /** Source route, `@a,@b`. */
  readonly route?: string;
  readonly mailbox?: string;
  readonly host?: string;
}

/** Where an address stands in its list, and how it is written there. */
export interface Listed {
  readonly address: Address;
  /** `"a b"@x.test`: the address alone as a path of SMTP has it, quotes and all. '' for the beginning and end of a group. */
  readonly spec: string;
  readonly start: number;
  readonly end: number;
}

export const SPECIALS = '<>@,;:';

/** Counts addresses over several fields; what comes after the last is left out. */
export interface Budget {
  left: number;
}

/** @param text of octets or of characters, unfolded or not */
export function addressList(text: string, budget: Budget = { left: 1000 }): Address[] {
  return listed(text, budget).map(({ address }) => address);
}

/** The same with their places. */
export function listed(text: string, budget: Budget): Listed[] {
  const list: Listed[] = [];
  const reader = new ListReader((one) => {
    if (budget.left <= 0) return;
    budget.left -= 1;
    list.push(one);
  });
  for (const token of scan(text, SPECIALS)) {
    if (budget.left <= 0) break;
    reader.take(token, text);
  }
  reader.end(text.length);
  return list;
}

/** Words that are a phrase, or the part before an `@`: nobody knows before what follows. */
class Words {
  /** As people read them. */
  phrase = '';
  /** As they would be a local part: `a . b` is `a.b` (RFC 5322 section 4.4). */
  local = '';
  /** Likewise, quotes and all. */
  spec = '';

  add(text: string, spaced: boolean, written: string): void {
    this.phrase = joined(this.phrase, text, spaced);
    const apart = spaced && !this.spec.endsWith('.') && !written.startsWith('.');
    this.local = joined(this.local, text, apart);
    this.spec = joined(this.spec, written, apart);
  }
}

/** One list, token after token. */
class ListReader {
  readonly #found: (one: Listed) => void;
  #inGroup = false;
  #inAngle = false;
  #angle = false;
  /** Before `<`. */
  #name = '';
  /** Before `<` or `@`. */
  #words = new Words();
  #comment: string | undefined;
  #local: string | undefined;
  #host: string | undefined;
  #spec = '';
  #route = '';
  #start = -1;
  #end = 0;

  constructor(found: (one: Listed) => void) {
    this.#found = found;
  }

  take(token: Token, text: string): void {
    if (token.kind === 'special' && (token.text === ',' || token.text === ';')) {
      if (token.text === ',') this.#comma();
      else this.#semicolon(token.end);
      return;
    }
    if (this.#start === -1) this.#start = token.start;
    this.#end = token.end;
    if (token.kind === 'comment') {
      if (!this.#inAngle) this.#comment = token.text.trim();
    } else if (token.kind === 'word') this.#word(token.text, token.spaced, text.slice(token.start, token.end));
    else this.#special(token.text);
  }

  end(at: number): void {
    this.#finish();
    this.#close(at, at);
  }

  #word(text: string, spaced: boolean, written: string): void {
    if (this.#isOver()) return;
    if (this.#host === undefined) this.#words.add(text, spaced, written);
    else {
      this.#host += text;
      this.#spec += written;
    }
  }

  #special(sign: string): void {
    if (sign === '@') this.#at();
    else if (sign === '<') this.#open();
    else if (sign === '>') this.#inAngle = false;
    else this.#colon();
  }

  /** What comes behind `>` says nothing more. */
  #isOver(): boolean {
    return this.#angle && !this.#inAngle;
  }

  #at(): void {
    if (this.#isOver()) return;
    // `a@b@c`: the last one counts, as it does for whoever delivers.
    if (this.#host !== undefined) this.#local = `${this.#local ?? ''}@${this.#host}`;
    else {
      this.#local = this.#words.local || undefined;
      if (!this.#angle) this.#local ??= '';
      this.#spec = this.#words.spec;
    }
    this.#spec += '@';
    this.#host = '';
  }

  #open(): void {
    if (this.#inAngle) return;
    // `a@b <c@d>`: what looked like an address was a name.
    const before = this.#host === undefined ? this.#words.phrase : `${this.#local ?? ''}@${this.#host}`;
    this.#name ||= before;
    this.#inAngle = true;
    this.#angle = true;
    this.#again();
  }

  #colon(): void {
    if (this.#inAngle && this.#local === undefined) {
      // `<mailto:a@b>`: a scheme is no route.
      if (this.#host === undefined) this.#again();
      else this.#addRoute();
    } else if (!this.#inGroup && !this.#angle && this.#host === undefined && this.#words.phrase !== '') {
      this.#give({ mailbox: this.#words.phrase }, '');
      this.#inGroup = true;
      this.#reset();
    } else this.#word(':', false, ':');
  }

  #comma(): void {
    // `<@a,@b:c@d>`
    if (this.#inAngle && this.#local === undefined && this.#host !== undefined) this.#addRoute();
    else this.#finish();
  }

  #addRoute(): void {
    this.#route += `${this.#route === '' ? '' : ','}@${this.#host ?? ''}`;
    this.#again();
  }

  #semicolon(end: number): void {
    this.#finish();
    this.#close(end - 1, end);
  }

  #close(start: number, end: number): void {
    if (this.#inGroup) this.#found({ address: {}, spec: '', start, end });
    this.#inGroup = false;
  }

  #finish(): void {
    const whole = this.#host !== undefined;
    const { phrase, local } = this.#words;
    const mailbox = whole ? (this.#local ?? '') : this.#angle ? local : phrase.trim();
    const [host, route, spec] = [this.#host ?? '', this.#route, whole ? this.#spec : this.#words.spec];
    const name = this.#name.trim() || this.#comment;
    if (mailbox !== '' || whole || (this.#angle && (name || host !== ''))) {
      this.#give({ ...(name && { name }), ...(route && { route }), mailbox, host }, spec);
    }
    this.#reset();
  }

  #give(address: Address, spec: string): void {
    this.#found({ address, spec, start: this.#start, end: this.#end });
  }

  #reset(): void {
    this.#again();
    this.#inAngle = false;
    this.#angle = false;
    this.#name = '';
    this.#comment = undefined;
    this.#route = '';
    this.#start = -1;
  }

  /** What came before is kept or forgotten, and an address may begin. */
  #again(): void {
    this.#words = new Words();
    this.#local = undefined;
    this.#host = undefined;
    this.#spec = '';
  }
}

function joined(before: string, text: string, spaced: boolean): string {
  return before === '' || !spaced ? before + text : `${before} ${text}`;
}

/** Identifiers between angles, as in References; others are left out. At most `limit`. */
export function messageIds(text: string, limit: number): string[] {
  const ids: string[] = [];
  for (let at = text.indexOf('<'); at !== -1 && ids.length < limit; at = text.indexOf('<', at)) {
    const [inside, end] = delimited(text, at, '>');
    if (text[end - 1] !== '>') break;
    const id = inside.slice(inside.lastIndexOf('<') + 1).replace(/\s+/g, '');
    if (id !== '') ids.push(`<${id}>`);
    at = end;
  }
  return ids;
}
